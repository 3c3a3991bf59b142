/** A JSON text that is none: where, and what stands there. */
export interface JsonFault {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

// JSON.parse of Node 20 does not tell the position, so a text that it refused is read once more, token by token.
const TOKEN = /[ \t\n\r]*(?:([{}[\],:])|("(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null))/y;

/** Finds the first place where a text stops being JSON (RFC 8259); lines and columns count from 1. */
export function jsonFault(text: string): JsonFault | undefined {
  const open: ('{' | '[')[] = [];
  let expected: 'value' | 'value or ]' | 'name' | 'name or }' | 'colon' | 'comma or end' = 'value';
  let at = 0;
  const fault = () => {
    const rest = /^[ \t\n\r]*/.exec(text.slice(at))![0].length;
    return place(text, at + rest, expected);
  };
  while (!(expected === 'comma or end' && open.length === 0)) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text);
    if (!token) return fault();
    const next = step(token[1] ?? (token[2] ? 'text' : 'word'), expected, open);
    if (!next) return fault();
    expected = next;
    at = TOKEN.lastIndex;
  }
  return /^[ \t\n\r]*$/.test(text.slice(at)) ? undefined : fault();

  function step(token: string, now: typeof expected, stack: typeof open): typeof expected | undefined {
    if (now === 'colon') return token === ':' ? 'value' : undefined;
    if (now === 'name' || now === 'name or }') {
      if (token === 'text') return 'colon';
      return token === '}' && now === 'name or }' ? close('{') : undefined;
    }
    if (now === 'comma or end') {
      if (token === ',') return stack.at(-1) === '{' ? 'name' : 'value';
      return token === '}' ? close('{') : token === ']' ? close('[') : undefined;
    }
    if (token === 'text' || token === 'word') return 'comma or end';
    if (token === ']' && now === 'value or ]') return close('[');
    if (token !== '{' && token !== '[') return undefined;
    stack.push(token);
    return token === '{' ? 'name or }' : 'value or ]';
  }

  function close(kind: '{' | '['): 'comma or end' | undefined {
    return open.pop() === kind ? 'comma or end' : undefined;
  }
}

function place(text: string, at: number, expected: string): JsonFault {
  const before = text.slice(0, at).split('\n');
  const found = at >= text.length ? 'the end of the text' : JSON.stringify(text.slice(at, at + 12));
  const wanted = { value: 'a value', 'value or ]': 'a value or ]', name: 'a name in double quotes', 'name or }': 'a name in double quotes or }', colon: 'a colon', 'comma or end': 'a comma or the end' }[expected]!;
  return { line: before.length, column: before.at(-1)!.length + 1, message: `expected ${wanted}, found ${found}` };
}
