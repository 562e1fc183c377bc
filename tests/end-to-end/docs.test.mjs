import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';

// What the documentation points to must be there.
const root = resolve(fileURLToPath(import.meta.url), '..', '..', '..');
const read = path => readFileSync(join(root, path), 'utf8');
const below = (folder, ending) => readdirSync(join(root, folder), { recursive: true })
  .filter(path => path.endsWith(ending) && !/(^|\/)(bin|obj|node_modules)\//.test(path)).map(path => join(folder, path));
const pages = ['README.md', ...below('ops/docs', '.md'), ...below('src/samples', '.md')];
const source = below('src', '.cs').map(read).join('\n');

/** The anchor that a heading gets. */
const anchor = heading => heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-');
const withoutCode = text => text.replace(/^ *```[^]*?^ *```/gm, '');
const anchors = path => [...withoutCode(read(path)).matchAll(/^#+ (.+)$/gm)].map(match => anchor(match[1]));

for (const page of pages) {
  test(`${page}: every link leads to a file and heading that exist`, () => {
    for (const [, link] of withoutCode(read(page)).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(link)) continue;
      const [path, heading] = link.split('#');
      const target = path ? join(dirname(page), path) : page;
      assert.ok(existsSync(join(root, target)), `there is no ${target}`);
      if (heading) assert.ok(anchors(target).includes(heading), `${target} has no heading #${heading}`);
    }
  });

  test(`${page}: no line outside code is longer than 140 columns`, () => {
    // But for the table of projects, whose rows are compared with the project files.
    for (const [index, line] of withoutCode(read(page)).split('\n').entries())
      assert.ok(line.length <= 140 || line.startsWith('| `TasksBus'), `line ${index + 1} (code not counted) has ${line.length}: ${line}`);
  });

  test(`${page}: every setting is one that the programs read`, () => {
    for (const [setting] of read(page).matchAll(/\b(TasksBus|LocalLambda|ConnectionStrings)(:|__)[A-Za-z][\w:]*/g)) {
      const [section, ...names] = setting.split(/:|__/);
      for (const name of names) {
        if (section === 'ConnectionStrings')
          assert.ok(source.includes(`GetConnectionString("${name}")`), `${setting}: nothing reads ${name}`);
        // Numbers, and names that the reader chooses: in capitals, or in lower case as those of pools are.
        else if (!/^(\d*|[A-Z]+|[a-z]+)$/.test(name)) {
          const reads = new RegExp(`\\b${name} \\{ (get|init)|\\["${name}"\\]|"(TasksBus:)?${name}"`);
          assert.ok(reads.test(source), `${setting}: nothing reads ${name}`);
        }
      }
    }
  });
}

test('the glossary has at most forty words, in order', () => {
  const words = [...read('ops/docs/glossary.md').matchAll(/^\| ([^|]+) \|/gm)].map(([, word]) => word)
    .filter(word => word !== 'word' && !word.startsWith('---'));
  assert.ok(words.length > 30 && words.length <= 40, String(words.length));
  assert.deepEqual(words, [...words].sort((one, other) => one.localeCompare(other, 'en', { ignorePunctuation: false })));
});

test('every page is in the list of pages', () => {
  const list = read('ops/docs/README.md');
  for (const page of pages.filter(path => path.startsWith('ops/docs/') && path !== 'ops/docs/README.md')) {
    assert.ok(list.includes(`](${page.slice('ops/docs/'.length)})`), `ops/docs/README.md does not list ${page}`);
  }
});

test('every file that the pages name exists', () => {
  const files = [...below('src', ''), ...below('tests', ''), ...below('ops', ''), 'docker-compose.yml', 'README.md']
    .map(path => `/${path}`);
  for (const page of pages) {
    for (const [, path] of read(page).matchAll(/`([\w./-]*\w\.(?:cs|sql|sh|test\.mjs|yml))`/g)) {
      assert.ok(files.some(file => file.endsWith(`/${path}`)), `${page} names ${path}, which is not there`);
    }
  }
});
