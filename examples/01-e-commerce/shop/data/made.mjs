/**
 * MADE data: nobody wrote these reviews and nobody watched these films. A seeded generator gives every made user a hidden taste that
 * depends on the films' real genre, rating and votes. It shows that the pipeline works and nothing else.
 */
import { SHELVES } from './films.mjs';
import { random, shuffle } from './random.mjs';

const { floor, log, log10, max, min, round } = Math;

export const USERS = 300;
const WATCHED = 40;
/** Of a user's 40 films: the first 24 train, 6 validate, the last 10 are held out. */
const PARTS = { train: 24, validation: 30 };

/** Draws from the Gumbel distribution; the largest of (utility + draw) are a sample without replacement in proportion to exp(utility). */
const gumbel = (next) => -log(-log(next() || 1e-12));

/** A user's hidden liking of each shelf: two loved, the rest about alike. */
function taste(next) {
  const shelves = Array.from({ length: SHELVES.length }, () => next() - 0.5);
  const order = shuffle(shelves.map((_, i) => i), next);
  shelves[order[0]] += 3;
  shelves[order[1]] += 2;
  return { shelves, quality: 0.3 + 0.5 * next(), fame: 0.5 + 0.7 * next() };
}

const utility = (liking, film) => liking.shelves[film.shelf] + liking.quality * (film.rating - 6.3) + liking.fame * (log10(film.votes + 1) - 3.5);

/** Rows `{user, film, day, part, liked}`: which made user watched which real film on which day, in the user's order. */
export function makeBehaviour(films, seed) {
  const next = random(seed);
  const rows = [];
  for (let user = 0; user < USERS; user += 1) {
    const liking = taste(next);
    const drawn = films.map((film) => ({ film: film.id, liked: utility(liking, film), draw: utility(liking, film) + gumbel(next) }));
    const watched = shuffle(drawn.sort((a, b) => b.draw - a.draw).slice(0, WATCHED), next);
    watched.forEach(({ film, liked }, day) => {
      const part = day < PARTS.train ? 'train' : day < PARTS.validation ? 'validation' : 'held-out';
      rows.push({ user, film, day, part, liked });
    });
  }
  return rows;
}

const GOOD = ['wonderful', 'moving', 'clever', 'gripping', 'charming', 'brilliant', 'funny', 'superb', 'memorable', 'touching'];
const BAD = ['dull', 'clumsy', 'boring', 'noisy', 'predictable', 'weak', 'tedious', 'silly', 'forgettable', 'awful'];
const PLAIN = ['the plot is', 'the acting is', 'the ending was', 'I found it', 'the music is', 'on the whole', 'my friends called it'];

/** One made review: stars follow the hidden liking with noise; every seventh word or so says the opposite. */
function review(user, film, liked, next) {
  const stars = max(1, min(5, round(2.6 + 0.55 * liked + (next() - 0.5) * 2)));
  const word = () => {
    const good = next() < (stars - 1) / 4 !== next() < 0.15;
    const list = good ? GOOD : BAD;
    return list[floor(next() * list.length)];
  };
  const text = Array.from({ length: 3 }, () => `${PLAIN[floor(next() * PLAIN.length)]} ${word()}`).join(', ');
  return { made: true, user, film, stars, text };
}

/** Made reviews of half of what the users watched in their training part, and of a few films each that they happened on. */
export function makeReviews(films, behaviour, seed) {
  const next = random(seed);
  const watched = behaviour.filter((row) => row.part === 'train' && next() < 0.5).map((row) => review(row.user, row.film, row.liked, next));
  const happenedOn = Array.from({ length: USERS * 4 }, (_, i) => {
    const film = films[floor(next() * films.length)];
    return review(i % USERS, film.id, 0.8 * (film.rating - 6.3) + next() - 1, next);
  });
  return shuffle([...watched, ...happenedOn], next);
}

/** A later delivery of made reviews, as another system would drop it into the inbox; users and films by number only. */
export function makeLaterReviews(films, count, seed) {
  const next = random(seed);
  return Array.from({ length: count }, () => {
    const film = films[floor(next() * films.length)];
    return review(floor(next() * USERS), film.id, 0.8 * (film.rating - 6.3), next);
  });
}

export const toJsonLines = (rows) => `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`;

/** The table's last column says of every row that it is made. */
export const behaviourCsv = (rows) => `user,film,day,part,source\n${rows.map((row) => `${row.user},${row.film},${row.day},${row.part},made`).join('\n')}\n`;
