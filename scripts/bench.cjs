// npm run bench [-- --quick] [-- --json FILE]: how fast it is, on this machine, with what is in this clone.
'use strict';
var ensure = require('./ensure.cjs');

ensure.ensure();
process.exit(ensure.run(process.execPath, ['--no-warnings', 'bench/main.mjs'].concat(process.argv.slice(2))));
