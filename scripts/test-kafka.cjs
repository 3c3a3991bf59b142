// npm run test:kafka [-- jest arguments]: the log on a real Kafka. Needs Java 17 and Maven, which it installs where it may; Kafka itself is fetched once.
'use strict';
var childProcess = require('child_process');
var ensure = require('./ensure.cjs');
var runJest = require('./jest.cjs');

var PACKAGES = { java: 'openjdk-17-jre-headless', mvn: 'maven' };

function missing() {
  return Object.keys(PACKAGES).filter(function (program) {
    return childProcess.spawnSync(program, ['-version'], { stdio: 'ignore' }).status !== 0;
  });
}

function installJava() {
  var lacking = missing().map(function (program) { return PACKAGES[program]; });
  if (lacking.length === 0) return;
  var mayInstall = process.getuid && process.getuid() === 0 && childProcess.spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status === 0;
  if (!mayInstall) ensure.fail('tests on Kafka need ' + lacking.join(' and ') + ' (the names are Debian\'s): install them and run this again.');
  console.log('novacron: installing ' + lacking.join(' and '));
  ensure.run('apt-get', ['update', '-qq']);
  ensure.run('apt-get', ['install', '-y', '-qq', '--no-install-recommends'].concat(lacking));
  if (missing().length > 0) ensure.fail('Java and Maven could not be installed (see above).');
}

ensure.ensure();
installJava();
// Before the tests and not in them, so that it takes none of their time.
import('../libs/log/dist/testing/kafka-programs.js')
  .then(function (programs) { programs.kafkaPrograms(); })
  .then(function () { runJest('scripts/jest-kafka.config.mjs', process.argv.slice(2)); }, function (error) { ensure.fail(error.message); });
