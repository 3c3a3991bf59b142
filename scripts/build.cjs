// npm run build: every package through Nx, which caches what did not change.
'use strict';
var ensure = require('./ensure.cjs');

ensure.checkPlatform();
ensure.installPackages();
process.exit(ensure.run('node_modules/.bin/nx', ['run-many', '-t', 'build'].concat(process.argv.slice(2)), { NX_DAEMON: 'false', NX_TUI: 'false', NX_NO_CLOUD: 'true' }));
