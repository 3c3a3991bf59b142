import { random } from '../data/random.mjs';
import { readBehaviour, readFloats, readJson, watchedBy } from './tables.mjs';

const { exp, floor, log, log10, max, min, sqrt } = Math;

const CODES = 10;
export const MODALITIES = ['computer_vision', 'nlp', 'tabular'];

/** Everything that fusion needs of the three modalities and the behaviour, from the files named in a task's inputs. */
export async function readModalities(inputs) {
  const { films, users } = await readJson(inputs.catalogue);
  const behaviour = await readBehaviour(inputs.behaviour);
  const [shelves, sentiment, tabular] = await Promise.all([inputs.vision, inputs.sentiment, inputs.tabular].map(readFloats));
  const train = behaviour.filter((row) => row.part === 'train');
  return {
    films, users, behaviour, train,
    validation: behaviour.filter((row) => row.part === 'validation'),
    scores: standardised([shelfScores(shelves, train, users, films.length), tiled(sentiment, users), tabular], users, films.length),
    contexts: contexts(shelves, train, users),
  };
}

/** Each user's share of shelf codes among the films watched, drawn towards the average user. */
function profiles(shelves, train, users) {
  const prior = new Float64Array(CODES);
  const own = Array.from({ length: users }, () => new Float64Array(CODES));
  const counts = new Float64Array(users);
  for (const { user, film } of train) {
    counts[user] += 1;
    for (let c = 0; c < CODES; c += 1) {
      own[user][c] += shelves[film * CODES + c];
      prior[c] += shelves[film * CODES + c] / train.length;
    }
  }
  return { prior, own: own.map((sums, user) => sums.map((sum, c) => (sum + 2 * prior[c]) / (counts[user] + 2))) };
}

/** How much more the user watches of the film's shelf than the average user does, as a mean of log ratios. */
function shelfScores(shelves, train, users, films) {
  const { prior, own } = profiles(shelves, train, users);
  const scores = new Float32Array(users * films);
  own.forEach((profile, user) => {
    const ratios = profile.map((share, c) => log((share + 1e-6) / (prior[c] + 1e-6)));
    for (let film = 0; film < films; film += 1) {
      let sum = 0;
      for (let c = 0; c < CODES; c += 1) sum += shelves[film * CODES + c] * ratios[c];
      scores[user * films + film] = sum;
    }
  });
  return scores;
}

const tiled = (row, users) => {
  const scores = new Float32Array(users * row.length);
  for (let user = 0; user < users; user += 1) scores.set(row, user * row.length);
  return scores;
};

/** What attention looks at: a constant, how pointed the user's taste in shelves is, and how much is known of the user. */
function contexts(shelves, train, users) {
  const { own } = profiles(shelves, train, users);
  const counts = new Float64Array(users);
  for (const { user } of train) counts[user] += 1;
  return own.map((profile, user) => [1, 3 * max(...profile) - 1, log10(counts[user] + 1) - 1]);
}

/** Mean 0 and deviation 1 for each user and modality, so that the weights can be compared. */
function standardised(scores, users, films) {
  for (const matrix of scores) {
    for (let user = 0; user < users; user += 1) {
      const row = matrix.subarray(user * films, (user + 1) * films);
      const mean = row.reduce((sum, value) => sum + value, 0) / films;
      const spread = sqrt(row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / films) || 1;
      for (let i = 0; i < films; i += 1) row[i] = (row[i] - mean) / spread;
    }
  }
  return scores;
}

export function weightsFor(attention, context) {
  const logits = attention.rows.map((row) => row.reduce((sum, value, i) => sum + value * context[i], 0));
  const top = max(...logits);
  const powers = logits.map((logit) => exp(logit - top));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/** One user's fused score of one film. */
export const fusedScore = (scores, weights, at) => weights[0] * scores[0][at] + weights[1] * scores[1][at] + weights[2] * scores[2][at];

/**
 * Learns the attention on the validation part: the film that was watched against 40 drawn ones, softmax cross-entropy, stochastic gradient descent.
 * `contextual: false` gives every user the same weights.
 */
export function learnAttention(modalities, { passes, rate, seed, contextual = true }) {
  const { scores, contexts: all, validation, films } = modalities;
  const next = random(seed);
  const attention = { rows: MODALITIES.map(() => [0, 0, 0]), scale: 1 };
  const contextOf = (user) => (contextual ? all[user] : [1, 0, 0]);
  const candidates = 41;
  for (let pass = 0; pass < passes; pass += 1) {
    for (const { user, film } of validation) {
      const context = contextOf(user);
      const weights = weightsFor(attention, context);
      const places = Array.from({ length: candidates }, (_, i) => user * films.length + (i === 0 ? film : floor(next() * films.length)));
      const fused = places.map((at) => fusedScore(scores, weights, at));
      const powers = fused.map((value) => exp(attention.scale * (value - fused[0])));
      const sum = powers.reduce((total, power) => total + power, 0);
      const errors = powers.map((power, i) => power / sum - (i === 0 ? 1 : 0));
      const scale = attention.scale;
      attention.scale = max(0.1, scale - rate * errors.reduce((total, error, i) => total + error * fused[i], 0));
      attention.rows.forEach((row, m) => {
        const slope = errors.reduce((total, error, i) => total + error * scale * weights[m] * (scores[m][places[i]] - fused[i]), 0);
        context.forEach((value, i) => (row[i] -= rate * slope * value));
      });
    }
  }
  return { ...attention, contextOf };
}

/** Each user's best films, without those in `exclude`; of equal scores the lower number comes first. */
export function topFilms(modalities, attention, count, exclude) {
  const { scores, users, films } = modalities;
  return Array.from({ length: users }, (_, user) => {
    const weights = weightsFor(attention, attention.contextOf(user));
    const top = [];
    for (let film = 0; film < films.length; film += 1) {
      const score = fusedScore(scores, weights, user * films.length + film);
      if ((top.length === count && score <= top[count - 1].score) || exclude[user].has(film)) continue;
      let place = top.length;
      while (place > 0 && top[place - 1].score < score) place -= 1;
      top.splice(place, 0, { film, score });
      top.length = min(top.length, count);
    }
    return top;
  });
}

/** Films the user watched while training; validation films stay in, for they are what a search over settings is measured by. */
export const seenInTraining = (modalities) => watchedBy(modalities.train, modalities.users);
