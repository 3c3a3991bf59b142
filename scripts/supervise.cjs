// A file of its own, because an old Node cannot even parse import().
'use strict';
var path = require('path');
var url = require('url');

// In this process: one process fewer to pass signals to and to kill.
import(url.pathToFileURL(path.join(__dirname, '../apps/standalone/dist/supervise/main.js')).href);
