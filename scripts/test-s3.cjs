// npm run test:s3: the artifact store on a real S3 server.
'use strict';
require('./ensure.cjs').ensure();
import('./test-s3.mjs');
