// Jest with one of our configurations, and the closing line that every proving command has.
'use strict';
var ensure = require('./ensure.cjs');
var fs = require('fs');
var os = require('os');
var path = require('path');

function counted(file) {
  var results = JSON.parse(fs.readFileSync(file, 'utf8'));
  fs.unlinkSync(file);
  // A suite that could not even be loaded has no tests to fail.
  return { passed: results.numPassedTests, failed: results.numFailedTests + results.numRuntimeErrorTestSuites, skipped: results.numPendingTests };
}

/** Runs the specifications and ends this process as they end. */
module.exports = function runJest(config, args) {
  var output = path.join(os.tmpdir(), 'novacron-test-' + process.pid + '.json');
  var all = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js', '--config', config, '--json', '--outputFile', output].concat(args);
  var status = ensure.run(process.execPath, all);
  if (!fs.existsSync(output)) ensure.fail('the tests did not run to their end (see above).');
  var counts = counted(output);
  console.log((counts.skipped ? counts.skipped + ' skipped, ' : '') + counts.passed + ' passed, ' + counts.failed + ' failed');
  process.exit(status);
};
