// npm test [-- jest arguments]: every specification that needs no Java, Docker or browser.
'use strict';
var ensure = require('./ensure.cjs');
var runJest = require('./jest.cjs');

ensure.ensure();
runJest('scripts/jest.config.mjs', process.argv.slice(2));
