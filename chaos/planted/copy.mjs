// A copy of the workspace in which a bug can be planted: sources and builds are copied, packages are links.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const LEFT_OUT = new Set(['node_modules', '.git', '.nx', '.tmp', 'coverage']);

export class Copy {
  constructor(root) {
    this.root = root;
    this.path = mkdtempSync(join(tmpdir(), 'novacron-planted-'));
    for (const name of readdirSync(root).filter((each) => !LEFT_OUT.has(each) && !each.startsWith('.novacron'))) {
      cpSync(join(root, name), join(this.path, name), { recursive: true, filter: (source) => !source.endsWith('/node_modules') });
    }
    this.#link();
  }

  /** What a patch makes of the files that it touches, path -> text; the copy stays as it was. Throws where it does not apply. */
  textsOf({ name, file, touches }) {
    // Inside no repository, whatever the temporary folder lies in.
    const env = { ...process.env, GIT_CEILING_DIRECTORIES: dirname(this.path) };
    const { status, stderr } = spawnSync('git', ['apply', '--whitespace=nowarn', file], { cwd: this.path, encoding: 'utf8', env });
    if (status !== 0) throw new Error(`${name} no longer applies: ${stderr.trim().split('\n')[0]}. Plant its bug anew where the code is now.`);
    const texts = new Map(touches.map((path) => [path, readFileSync(join(this.path, path), 'utf8')]));
    this.restore(touches);
    return texts;
  }

  /** Plants a bug: sources, and beside them what was built of them. */
  plant(texts) {
    for (const [path, text] of texts) {
      writeFileSync(join(this.path, path), text);
      if (existsSync(join(this.path, builtOf(path)))) writeFileSync(join(this.path, builtOf(path)), transpiled(path, text));
    }
  }

  restore(paths) {
    for (const path of paths) {
      cpSync(join(this.root, path), join(this.path, path));
      if (existsSync(join(this.root, builtOf(path)))) cpSync(join(this.root, builtOf(path)), join(this.path, builtOf(path)));
    }
  }

  remove() {
    rmSync(this.path, { recursive: true, force: true });
  }

  /** Our own packages are links into the copy; all others lead to where they are installed. */
  #link() {
    const from = join(this.root, 'node_modules');
    const to = join(this.path, 'node_modules');
    mkdirSync(join(to, '@novacron'), { recursive: true });
    for (const name of readdirSync(from).filter((each) => !each.startsWith('.') && each !== '@novacron')) symlinkSync(join(from, name), join(to, name));
    for (const name of readdirSync(join(from, '@novacron'))) symlinkSync(readlinkSync(join(from, '@novacron', name)), join(to, '@novacron', name));
  }
}

const builtOf = (path) => path.replace(/\/src\//, '/dist/').replace(/\.ts$/, '.js');

function transpiled(path, text) {
  const compilerOptions = {
    target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, experimentalDecorators: true, emitDecoratorMetadata: true, rewriteRelativeImportExtensions: true, verbatimModuleSyntax: false,
  };
  return ts.transpileModule(text, { compilerOptions, fileName: path }).outputText;
}
