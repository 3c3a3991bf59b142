// npm test [-- jest arguments]: every specification that needs no Java, Docker or browser, in one Jest over all packages.
'use strict';
var ensure = require('./ensure.cjs');
var fs = require('fs');
var os = require('os');
var path = require('path');

function hasSpecs(dir) {
  return fs.readdirSync(dir, { withFileTypes: true }).some(function (entry) {
    return entry.isDirectory() ? hasSpecs(path.join(dir, entry.name)) : /\.spec\.ts$/.test(entry.name);
  });
}

function isTested(project) {
  var src = path.join(ensure.root, project, 'src');
  return fs.existsSync(path.join(ensure.root, project, 'jest.config.mjs')) && fs.existsSync(src) && hasSpecs(src);
}

function counted(file) {
  var results = JSON.parse(fs.readFileSync(file, 'utf8'));
  fs.unlinkSync(file);
  // A suite that could not even be loaded has no tests to fail.
  return { passed: results.numPassedTests, failed: results.numFailedTests + results.numRuntimeErrorTestSuites, skipped: results.numPendingTests };
}

ensure.ensure();
var output = path.join(os.tmpdir(), 'novacron-test-' + process.pid + '.json');
var args = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js', '--maxWorkers', '2', '--json', '--outputFile', output];
var status = ensure.run(process.execPath, args.concat(process.argv.slice(2), '--projects', ensure.projects().filter(isTested)));
if (!fs.existsSync(output)) ensure.fail('the tests did not run to their end (see above).');
var counts = counted(output);
console.log((counts.skipped ? counts.skipped + ' skipped, ' : '') + counts.passed + ' passed, ' + counts.failed + ' failed');
process.exit(status);
