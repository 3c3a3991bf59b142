// npm run sim -- --seeds N [--seed S] …: the whole system in one thread under a seed; simulation/README.md says all options.
'use strict';
var path = require('path');
var url = require('url');
var ensure = require('./ensure.cjs');

ensure.ensure();
function load(file) {
  return import(url.pathToFileURL(path.join(ensure.root, file)).href);
}
Promise.all([load('simulation/dist/main.js'), load('scripts/results.mjs')])
  .then(function (modules) {
    return modules[0].main(process.argv.slice(2), modules[1].writeResults);
  })
  .then(
    function (code) {
      process.exit(code);
    },
    function (error) {
      ensure.fail(error.message);
    },
  );
