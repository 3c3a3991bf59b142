// npm start: installs and builds what is missing, then supervises PostgreSQL, services, agent and the main example.
'use strict';
require('./ensure.cjs').ensure();
require('./supervise.cjs');
