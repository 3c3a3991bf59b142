export { AppModule } from './app.module.ts';
export { definition } from './definition.ts';
export { Deliveries, type DeliveryPorts } from './effects/deliver.ts';
export { NotSent, type Circuit } from './effects/lane.ts';
export { PostFailed, type Answer } from './effects/post.ts';
