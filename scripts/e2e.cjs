// npm run e2e:kill -- --n N [--seed S] and npm run e2e:services [-- --stories | --example]: the whole system, killed in the middle.
'use strict';
var path = require('path');
var url = require('url');

require('./ensure.cjs').ensure();
var scripts = { kill: '../e2e/kill/main.mjs', services: '../e2e/services.mjs', audit: '../e2e/audit/main.mjs', moved: '../e2e/moves.mjs', past: '../e2e/past/main.mjs' };
import(url.pathToFileURL(path.join(__dirname, scripts[process.argv[2]])).href);
