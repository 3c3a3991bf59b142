/** Twelve genres of movies.json in ten groups: the position is the group's shelf code, a digit 0 to 9. */
export const SHELVES = ['Drama', 'Comedy', 'Action', 'Adventure', 'Thriller/Suspense', 'Horror', 'Romantic Comedy', 'Musical', 'Documentary', 'Western'];
const SAME_SHELF = { 'Black Comedy': 'Comedy', 'Concert/Performance': 'Musical' };
const shelfOf = (genre) => SHELVES.indexOf(SAME_SHELF[genre] ?? genre);

/** The films were collected in 2010, so a release year after it is a two-digit year read in the wrong century. */
const COLLECTED = 2010;

/**
 * Cleans movies.json of vega-datasets. Answers the films that can be sold (with title, shelf, rating and votes) and how many rows had
 * which error; a row with several errors is counted under the first that takes it out.
 */
export function cleanFilms(rows) {
  const counts = { rows: rows.length, noTitle: 0, numericTitle: 0, duplicate: 0, wrongCentury: 0, zeroGross: 0, noGenre: 0, noRating: 0 };
  const seen = new Set();
  const films = [];
  for (const row of rows) {
    if (row.Title === null) {
      counts.noTitle += 1;
      continue;
    }
    if (typeof row.Title === 'number') counts.numericTitle += 1;
    const written = Number(/(\d{4})$/.exec(row['Release Date'])?.[1] ?? Number.NaN);
    if (written > COLLECTED) counts.wrongCentury += 1;
    const year = written > COLLECTED ? written - 100 : written;
    const key = `${row.Title}/${year}`;
    if (seen.has(key)) {
      counts.duplicate += 1;
      continue;
    }
    seen.add(key);
    if (row['Worldwide Gross'] === 0) counts.zeroGross += 1;
    const shelf = shelfOf(row['Major Genre']);
    if (shelf < 0) counts.noGenre += 1;
    else if (row['IMDB Rating'] === null || row['IMDB Votes'] === null) counts.noRating += 1;
    else films.push(film(row, films.length, year, shelf));
  }
  return { films, counts: { ...counts, kept: films.length } };
}

const film = (row, id, year, shelf) => ({
  id,
  title: String(row.Title),
  shelf,
  year: Number.isNaN(year) ? null : year,
  rating: row['IMDB Rating'],
  votes: row['IMDB Votes'],
  budget: row['Production Budget'] || null,
  gross: row['Worldwide Gross'] || null,
  minutes: row['Running Time min'],
  audience: row['MPAA Rating'],
});
