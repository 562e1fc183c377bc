// Shows the dashboard with a month of tasks: fills a cluster, keeps it busy, measures how soon each page is there, and takes its picture.
// Usage: node tour.mjs [FOLDER]. The pictures go to FOLDER, by default ops/docs/images; TASKS is how many tasks there are, by default a
// million; ROUNDS is how often each page is opened, by default 5. It prints a table of times.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openBrowser } from '../harness/browser.mjs';
import { look } from '../harness/dashboard.mjs';
import { Shop } from './shop.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const folder = resolve(process.argv[2] ?? join(here, '../../../ops/docs/images'));
const tasks = numberOf('TASKS', 1_000_000);
const rounds = numberOf('ROUNDS', 5);
const desktop = { width: 1440, height: 900 };
// Each is looked at in light and in dark; the pictures are taken in one of them.
const sizes = [
  { name: 'desktop', viewport: desktop, shown: 'light' },
  { name: 'phone', viewport: { width: 390, height: 844 }, shown: 'dark' },
];
mkdirSync(folder, { recursive: true });

const ends = [];
const t = { after: end => ends.unshift(end) };
try {
  await tour();
} finally {
  for (const end of ends) await end();
}

async function tour() {
  const shop = await Shop.open(t, tasks);
  const browser = await openBrowser(t);
  const pages = await shop.pages();
  say(`${rounds} rounds of ${pages.length} pages`);
  const rows = [];
  for (const page of pages) rows.push([page.name, await timesOf(browser, page)]);
  console.log(`\n| page | opened anew | by a click |\n| --- | ---: | ---: |`);
  for (const [name, { opened, clicked }] of rows) console.log(`| ${name} | ${opened} s | ${clicked === undefined ? '' : `${clicked} s`} |`);

  for (const { name: size, viewport, shown } of sizes) {
    for (const colorScheme of ['light', 'dark']) {
      const context = await browser.newContext({ viewport, colorScheme, timezoneId: 'Europe/Brussels', reducedMotion: 'reduce' });
      const tab = await context.newPage();
      for (const page of pages) {
        await tab.goto(page.url);
        await page.isThere(tab);
        await setTimeout(400);
        const name = `${page.name.toLowerCase().replaceAll(' ', '-')}-${size}`;
        await look(tab, name);
        if (colorScheme === shown) await takePicture(tab, viewport, name);
        say(`${name}, ${colorScheme}`);
      }
      await context.close();
    }
  }
}

/** The page from its top, at most so high that it is easy to look at. */
async function takePicture(tab, viewport, name) {
  const height = await tab.evaluate(() => document.documentElement.scrollHeight);
  await tab.setViewportSize({ width: viewport.width, height: Math.min(Math.max(height, viewport.height), 2 * viewport.height) });
  const session = await tab.context().newCDPSession(tab);
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 80 });
  await session.detach();
  writeFileSync(join(folder, `${name}.webp`), Buffer.from(data, 'base64'));
  await tab.setViewportSize(viewport);
}

/** Medians in seconds: a page opened in a browser that has nothing of it yet, and the same page by a click on its link in the menu. */
async function timesOf(browser, page) {
  const [opened, clicked] = [[], []];
  for (let round = 0; round < rounds; round++) {
    const context = await browser.newContext({ viewport: desktop });
    const tab = await context.newPage();
    opened.push(await timed(async () => {
      await tab.goto(page.url, { waitUntil: 'commit' });
      await page.isThere(tab);
    }));
    if (page.link) {
      await tab.goto(new URL('/dashboard/nowhere', page.url).href);
      await tab.getByRole('navigation', { name: 'Pages' }).waitFor();
      await setTimeout(300);
      clicked.push(await timed(async () => {
        await tab.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: page.link }).click();
        await page.isThere(tab);
      }));
    }
    await context.close();
  }
  return { opened: median(opened), clicked: clicked.length > 0 ? median(clicked) : undefined };
}

async function timed(action) {
  const from = performance.now();
  await action();
  return performance.now() - from;
}

function median(times) {
  return (times.sort((a, b) => a - b)[Math.floor(times.length / 2)] / 1_000).toFixed(2);
}

function numberOf(name, otherwise) {
  const number = Number(process.env[name] ?? otherwise);
  if (!(Number.isInteger(number) && number > 0)) throw new Error(`${name} is '${process.env[name]}'; it must be a whole number from 1 on.`);
  return number;
}

function say(text) {
  console.error(`${new Date().toTimeString().slice(0, 8)} ${text}`);
}
