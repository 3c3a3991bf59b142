import { realPorts } from '../libs/kernel/dist/index.js';
import { logToRead } from '../libs/service/dist/index.js';

/** What `read` makes of the system's log, whatever holds it. */
export async function onLog({ env, databaseUrl }, read) {
  const driver = logToRead(env, databaseUrl, { ports: realPorts(), log: console });
  try {
    return await read(driver);
  } finally {
    await driver.close();
  }
}
