import { execFileSync } from 'node:child_process';
import { chromium } from 'playwright-core';

function findChromium() {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    try {
      return execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
    } catch {
      // Another name, then.
    }
  }
  throw new Error('There is no Chromium: ops/local/tools.sh chromium installs it.');
}

/** A browser, which is closed when the test ends. */
export async function openBrowser(t) {
  const browser = await chromium.launch({ executablePath: findChromium() });
  t.after(() => browser.close());
  return browser;
}
