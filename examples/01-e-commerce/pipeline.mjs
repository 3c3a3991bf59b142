import { runTask } from '../task-context.mjs';
import { prepare as prepareShop } from './shop/tasks/prepare.mjs';
import { scoreBehaviour } from './shop/tasks/behaviour.mjs';
import { fuse } from './shop/tasks/fusion.mjs';
import { score } from './shop/tasks/score.mjs';
import { sentiment } from './shop/tasks/sentiment.mjs';
import { recognise } from './shop/tasks/shelf-codes.mjs';
import { evaluate } from './vision/tasks/evaluate.mjs';
import { prepare as prepareVision } from './vision/tasks/prepare.mjs';
import { publish } from './vision/tasks/publish.mjs';
import { train } from './vision/tasks/train.mjs';

/** The vision team's tasks in order, called directly; `between` may change the prepared files first (a test permutes labels with it). */
export async function runVision({ digits, images, seed = 7, schemaVersion = 1 }, between = async () => {}) {
  const prepared = await runTask(prepareVision, { params: { digits, images, seed } });
  await between(prepared);
  const trained = await runTask(train, { params: { hidden: 32, seed }, inputs: { train: prepared.train } });
  const evaluated = await runTask(evaluate, { inputs: { weights: trained.weights, heldOut: prepared.heldOut } });
  const published = await runTask(publish, { params: { schemaVersion, fold: prepared.fold }, inputs: { weights: trained.weights } });
  return { prepared, accuracy: evaluated.accuracy, ...published };
}

/** The shop team's tasks in order, called directly, with a given classifier. */
export async function runShop({ digits, movies, classifier, seed = 11, imageSeed = 7, reviews = '' }, between = async () => {}) {
  const prepared = await runTask(prepareShop, { params: { digits, movies, seed, imageSeed, reviews } });
  await between(prepared);
  const { catalogue, behaviour, heldOut, truth } = prepared;
  const vision = await runTask(recognise, { params: { batch_size: 64, fold: prepared.fold }, inputs: { images: prepared.images, classifier, truth } });
  const text = await runTask(sentiment, { params: { batch_size: 32 }, inputs: { reviews: prepared.reviews, catalogue } });
  const tabular = await runTask(scoreBehaviour, { params: { features: 'auto', seed }, inputs: { behaviour, catalogue } });
  const modalities = { catalogue, behaviour, vision: vision.features, sentiment: text.features, tabular: tabular.features };
  const fused = await runTask(fuse, { params: { output: 'recommendations', seed }, inputs: modalities });
  const scored = await runTask(score, { inputs: { recommendations: fused.recommendations, behaviour, heldOut, catalogue } });
  return { prepared, modalities, vision, text, fused, scored };
}
