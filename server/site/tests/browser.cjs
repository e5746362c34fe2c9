// The page, driven by keys in a browser without a window, light and dark: started by `server/site/check`.
const assert = require('node:assert/strict');
const { chromium } = require('playwright-core');

const [, , executablePath, url, shots] = process.argv;
const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

async function walk(page, name) {
  const shot = (step) => page.screenshot({ path: `${shots}/${name}-${step}.png` });
  await page.goto(url);
  await page.waitForSelector('main h1');
  await shot('overview');
  await page.keyboard.press('/');
  await page.keyboard.type('dim_cust');
  await page.waitForSelector('#results [aria-selected="true"]');
  await shot('search');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.graph svg');
  assert.match(await page.textContent('main h1'), /^dim_customers/);
  assert.match(await page.textContent('main table'), /customer_id\s*INTEGER\s*Primary key/);
  assert.equal(await page.textContent('nav a[aria-current]'), 'dim_customers');
  await shot('model');
  await page.keyboard.press('g');
  await page.keyboard.press('ArrowRight');
  assert.equal(await page.textContent('g.selected text'), 'rpt_cohort_retention');
  await shot('lineage');
  await page.keyboard.press('Enter');
  await page.waitForFunction(() => document.title.startsWith('rpt_cohort_retention'));
  await page.click('[role="tab"]:has-text("Compiled")');
  assert.match(await page.textContent('#code'), /"marts"\."dim_customers"/);
  await page.evaluate(() => { document.activeElement?.blur(); });
  const before = await page.evaluate(() => document.documentElement.dataset.theme);
  await page.keyboard.press('d');
  assert.notEqual(await page.evaluate(() => document.documentElement.dataset.theme), before);
}

(async () => {
  const browser = await chromium.launch({ executablePath, args });
  try {
    for (const colorScheme of ['light', 'dark']) {
      const page = await browser.newPage({ viewport: { width: 1300, height: 900 }, colorScheme });
      const problems = [];
      page.on('pageerror', (error) => problems.push(error.message));
      page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
      page.on('request', (request) => {
        const isOwn = request.url().startsWith(url.replace(/[^/]*$/, '')) || request.url().startsWith('data:');
        if (!isOwn) problems.push(`asked for ${request.url()}`);
      });
      await walk(page, `${url.slice(0, 4)}-${colorScheme}`);
      assert.deepEqual(problems, []);
      await page.close();
    }
  } finally {
    await browser.close();
  }
})();
