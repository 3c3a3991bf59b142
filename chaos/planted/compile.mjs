// A bug that does not compile proves nothing of the tests: each patched file is checked against the types of the whole, in one program.
import { join } from 'node:path';
import ts from 'typescript';

/** A function from a patch's texts (path -> text) to sentences about what does not compile. */
export function typeChecker(root, paths) {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.specs.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: paths }, ts.sys, root);
  const files = paths.filter((path) => path.endsWith('.ts')).map((path) => join(root, path));
  let texts = new Map();
  let version = 0;
  const changed = (file) => texts.get(file.slice(root.length).replace(/^\//, ''));
  const service = ts.createLanguageService({
    getCompilationSettings: () => ({ ...options, incremental: false, tsBuildInfoFile: undefined }),
    getScriptFileNames: () => files,
    getScriptVersion: (file) => (changed(file) === undefined ? '0' : String(version)),
    getScriptSnapshot: (file) => snapshot(changed(file) ?? ts.sys.readFile(file)),
    getCurrentDirectory: () => root,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: ts.sys.fileExists, readFile: ts.sys.readFile, readDirectory: ts.sys.readDirectory, directoryExists: ts.sys.directoryExists, getDirectories: ts.sys.getDirectories, realpath: ts.sys.realpath,
  });
  return (patched) => {
    texts = patched;
    version++;
    const touched = [...patched.keys()].filter((path) => path.endsWith('.ts')).map((path) => join(root, path));
    return touched.flatMap((file) => [...service.getSyntacticDiagnostics(file), ...service.getSemanticDiagnostics(file)]).map(sentence);
  };
}

const snapshot = (text) => (text === undefined ? undefined : ts.ScriptSnapshot.fromString(text));

function sentence({ file, start, messageText }) {
  const { line } = file.getLineAndCharacterOfPosition(start);
  return `${file.fileName.split('/').slice(-3).join('/')}:${line + 1}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
}
