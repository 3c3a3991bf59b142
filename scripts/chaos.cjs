// npm run chaos -- --fault F --n N | --ci: real processes killed, paused, cut off and starved under load; see chaos/README.md.
'use strict';
var path = require('path');
var url = require('url');

require('./ensure.cjs').ensure();
import(url.pathToFileURL(path.join(__dirname, '../chaos/main.mjs')).href);
