/** Share of the users with at least one wanted film among the first `k`. */
export const hitRate = (lists, wanted, k) => lists.filter((list, user) => list.slice(0, k).some((film) => wanted[user].has(film))).length / lists.length;

/** Mean normalised discounted cumulative gain at `k`: 1 when the first places are all wanted films. */
export function ndcg(lists, wanted, k) {
  const gain = (place) => 1 / Math.log2(place + 2);
  const ideal = (count) => Array.from({ length: Math.min(k, count) }, (_, place) => gain(place)).reduce((a, b) => a + b, 0);
  const values = lists.map((list, user) => {
    if (wanted[user].size === 0) return 0;
    const reached = list.slice(0, k).reduce((sum, film, place) => sum + (wanted[user].has(film) ? gain(place) : 0), 0);
    return reached / ideal(wanted[user].size);
  });
  return values.reduce((a, b) => a + b, 0) / values.length;
}

/** For each user the most watched films that the user has not watched yet: the baseline that a recommender has to beat. */
export function mostPopular(behaviour, watched, films, count) {
  const views = new Float64Array(films);
  for (const { film } of behaviour) views[film] += 1;
  const order = Array.from({ length: films }, (_, film) => film).sort((a, b) => views[b] - views[a] || a - b);
  return watched.map((seen) => order.filter((film) => !seen.has(film)).slice(0, count));
}
