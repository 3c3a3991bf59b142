export { KafkaLog } from './driver.ts';
export { openKafkaLog } from './open.ts';
export { KafkaAway, KafkaUnfit } from './prepare.ts';
export { kafkaSettings, type KafkaSettings } from './settings.ts';
export { LogStopped } from './stopped.ts';
