// npm test [-- jest arguments]: every specification that needs no Java, Docker or browser.
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

ensure.ensure();
var output = path.join(os.tmpdir(), 'novacron-test-' + process.pid + '.json');
var args = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js', '--config', 'scripts/jest.config.mjs', '--json', '--outputFile', output];
var status = ensure.run(process.execPath, args.concat(process.argv.slice(2)));
if (!fs.existsSync(output)) ensure.fail('the tests did not run to their end (see above).');
var counts = counted(output);
console.log((counts.skipped ? counts.skipped + ' skipped, ' : '') + counts.passed + ' passed, ' + counts.failed + ' failed');
process.exit(status);
