/** One event of a `text/event-stream`. */
export interface ServerSentEvent {
  /** The last id that the stream named, this event's or an earlier one's. */
  readonly id: string | undefined;
  readonly event: string;
  readonly data: string;
}

/**
 * The events of a stream (HTML standard, section 9.2.6). `alive` hears of every piece that arrives, comments too: servers send them so that silence
 * means a dead connection.
 */
export async function* readEvents(body: AsyncIterable<Uint8Array>, alive: () => void = () => {}): AsyncGenerator<ServerSentEvent> {
  let id: string | undefined;
  let event = '';
  let data: string[] = [];
  for await (const line of linesOf(body, alive)) {
    if (line === '') {
      if (data.length > 0) yield { id, event: event || 'message', data: data.join('\n') };
      [event, data] = ['', []];
      continue;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1));
    if (field === 'data') data.push(value);
    else if (field === 'event') event = value;
    else if (field === 'id' && !value.includes('\0')) id = value;
  }
}

/** Lines that ended; what a broken stream left unfinished is dropped, because it comes again after a resume. */
async function* linesOf(body: AsyncIterable<Uint8Array>, alive: () => void): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of body) {
    alive();
    rest += decoder.decode(bytes, { stream: true });
    // A CR at the end may be half of a CR LF: it waits for what follows.
    for (let end; (end = /\r\n|\n|\r(?!$)/.exec(rest)); ) {
      yield rest.slice(0, end.index);
      rest = rest.slice(end.index + end[0].length);
    }
  }
}
