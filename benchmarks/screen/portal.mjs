/**
 * What a person waits for at a table of millions of rows, in a real browser.
 *
 * Arguments behind those of `measure`: rounds, and the job whose result is opened. Gives lists
 * of seconds by what was done.
 */
/* global MessageChannel, PerformanceObserver, document, performance, requestAnimationFrame, setTimeout, window */

import { measure, write } from './lab.mjs';

/** In the page: what the steps below use. */
function prepare() {
  const find = widget => {
    if (widget.model?.rows !== undefined && widget.grid) {
      return widget;
    }
    for (const child of widget.children?.() ?? []) {
      const found = find(child);
      if (found) {
        return found;
      }
    }
    return null;
  };
  const table = () => {
    const { currentWidget } = window.jupyterapp.shell;
    return currentWidget ? find(currentWidget) : null;
  };
  /** Whether every row on screen has its values. */
  const full = () => {
    const one = table();
    const seen = one?.grid.visible;
    return (
      !!seen &&
      !one.model.loading &&
      one.model.text(seen.firstRow, 0) !== undefined &&
      one.model.text(Math.min(seen.lastRow, one.model.rows - 1), 0) !== undefined
    );
  };
  /** Seconds from `act` until a frame was drawn in which `there` holds. */
  const until = (act, there) =>
    new Promise((resolve, reject) => {
      const start = performance.now();
      const look = () => {
        if (there()) {
          // A message comes when this frame was drawn.
          const drawn = new MessageChannel();
          drawn.port1.onmessage = () => resolve((performance.now() - start) / 1000);
          drawn.port2.postMessage(null);
        } else if (performance.now() - start > 20_000) {
          reject(new Error(`It did not happen: ${act}`));
        } else {
          requestAnimationFrame(look);
        }
      };
      act();
      look();
    });
  /** The longest task of the main thread, seconds, while something goes on. */
  const longest = async work => {
    let most = 0;
    const observer = new PerformanceObserver(list => {
      for (const entry of list.getEntries()) {
        most = Math.max(most, entry.duration / 1000);
      }
    });
    observer.observe({ entryTypes: ['longtask'] });
    await work();
    observer.disconnect();
    return most;
  };
  window.measured = { table, full, until, longest };
}

/** A density of all rows: drawn, moved, and a million of its rows selected. */
async function charts(page, times, turns, job) {
  await page.evaluate(() => {
    const chart = () => window.measured.chart.content.viewer;
    const drawn = () => {
      const viewer = chart();
      const busy = viewer?.node.getAttribute('aria-busy') !== 'false';
      return !!viewer && !busy && viewer.node.dataset.drawn === 'grid';
    };
    const here = () => {
      const { x, y } = chart().spec;
      const box = JSON.stringify([...x.range, ...y.range]);
      return drawn() && JSON.stringify(chart()._traces[0].loaded.box) === box;
    };
    Object.assign(window.measured, { viewer: chart, drawn, here });
  });
  times.density.push(
    await page.evaluate(async id => {
      const { until, drawn } = window.measured;
      const { commands } = window.jupyterapp;
      const axis = {};
      const trace = { kind: 'density', x: 'ra', y: 'dec' };
      const spec = { version: 1, title: '', x: axis, y: axis, traces: [trace] };
      window.measured.chart = await commands.execute('lsp:open-chart', { id, spec });
      return until(() => undefined, drawn);
    }, job)
  );
  await page.evaluate(async () => {
    const { until, here, viewer } = window.measured;
    await until(() => viewer().zoom(4), here);
  });
  for (let turn = 0; turn < turns; turn += 1) {
    times.pan.push(
      await page.evaluate(async by => {
        const { until, here, viewer } = window.measured;
        return until(() => viewer().zoom(1, by, by / 3), here);
      }, turn % 2 ? 0.15 : -0.2)
    );
  }
  times.panning.push(
    await page.evaluate(() => {
      const { here, longest, until, viewer } = window.measured;
      return longest(async () => {
        for (let step = 0; step < 60; step += 1) {
          viewer().zoom(1, step % 20 < 10 ? 0.01 : -0.01, 0.002);
          await new Promise(requestAnimationFrame);
        }
        await until(() => undefined, here);
      });
    })
  );
  for (let turn = 0; turn < Math.min(turns, 3); turn += 1) {
    times.select.push(
      await page.evaluate(part => {
        const { until, drawn, viewer } = window.measured;
        const { x, y } = viewer().spec;
        const [low, high] = x.range;
        // Corners of a slanted piece with about a million rows.
        const end = low + (high - low) * (0.4 + part / 20);
        const polygon = [
          [low, y.range[0]],
          [end, y.range[0]],
          [end + 1, y.range[1]],
          [low, y.range[1]]
        ];
        const before = viewer().source.selection.revision;
        return until(
          () => viewer().select({ polygon }),
          () => viewer().source.selection.revision !== before && drawn()
        );
      }, turn)
    );
  }
  times.selected = await page.evaluate(() => {
    const { ranges } = window.measured.viewer().source.selection;
    return ranges.reduce((sum, [a, b]) => sum + b - a, 0);
  });
  await page.evaluate(() => window.measured.chart.close());
}

await measure(async (page, rounds, job) => {
  await page.evaluate(prepare);
  const times = { open: [], jump: [], sort: [], filter: [], scroll: [], complete: [] };
  Object.assign(times, { density: [], pan: [], panning: [], select: [] });
  const turns = Number(rounds);

  for (let turn = 0; turn < turns; turn += 1) {
    times.open.push(
      await page.evaluate(async id => {
        const { until, full } = window.measured;
        const { commands, shell } = window.jupyterapp;
        const taken = await until(() => void commands.execute('lsp:open-result', { id }), full);
        if (window.measured.last) {
          window.measured.last.close();
        }
        window.measured.last = shell.currentWidget;
        return taken;
      }, job)
    );
    if (turn < turns - 1) {
      await page.evaluate(() => window.measured.last.close());
      await page.waitForSelector('.lsp-Viewer', { state: 'detached' });
    }
  }

  for (let turn = 0; turn < turns; turn += 1) {
    times.jump.push(
      await page.evaluate(part => {
        const { until, full, table } = window.measured;
        const { grid, model } = table();
        const row = Math.floor(model.rows * part);
        return until(
          () => grid.scrollTo(0, grid.rowOffset?.('body', row) ?? row * 24),
          () => grid.visible?.firstRow > 0 && full()
        );
      }, (turn + 1) / (turns + 1))
    );
  }

  times.scroll.push(
    await page.evaluate(() => {
      const { longest, table } = window.measured;
      const { grid } = table();
      return longest(async () => {
        for (let step = 0; step < 120; step += 1) {
          grid.scrollTo(0, step * 100_000 + (step % 7) * 24);
          await new Promise(requestAnimationFrame);
        }
        await new Promise(done => setTimeout(done, 500));
      });
    })
  );

  // A new order each time, as no order is kept yet.
  for (let turn = 0; turn < Math.min(turns, 3); turn += 1) {
    times.sort.push(
      await page.evaluate(column => {
        const { until, full, table } = window.measured;
        const { name } = table().source.columns[column];
        const sorted = () => table().model.view.sort[0]?.[0] === name && full();
        return until(() => table().showing.change({ sort: [[name, 'asc']] }), sorted);
      }, turn + 1)
    );
  }
  await page.evaluate(async () => {
    const { until, full, table } = window.measured;
    await until(
      () => table().showing.change({ sort: [] }),
      () => table().model.view.sort.length === 0 && full()
    );
  });
  for (let turn = 0; turn < Math.min(turns, 3); turn += 1) {
    times.filter.push(
      await page.evaluate(limit => {
        const { until, full, table } = window.measured;
        const before = table().model.rows;
        return until(
          () => table().filterBy(table().source.columns[2].name, `< ${limit}`),
          () => !table().model.busy && table().model.rows !== before && full()
        );
      }, -10 + turn)
    );
  }

  await page.evaluate(async () => {
    const { until, full, table } = window.measured;
    const all = table().source.rows;
    await until(
      () => table().showing.change({ filters: new Map() }),
      () => !table().model.busy && table().model.rows === all && full()
    );
  });
  await charts(page, times, turns, job);

  for (let turn = 0; turn < turns; turn += 1) {
    await write(page, 'SELECT TOP 10 ra FROM gaia.source WHERE phot_');
    await page.waitForTimeout(400);
    await page.keyboard.press('Escape');
    await page.evaluate(() => {
      const { until } = window.measured;
      window.measured.list = new Promise((resolve, reject) => {
        const wait = () =>
          until(
            () => undefined,
            () => document.querySelector('.cm-tooltip-autocomplete')
          ).then(resolve, reject);
        document.addEventListener('keydown', wait, { capture: true, once: true });
      });
    });
    await page.keyboard.press('g');
    times.complete.push(await page.evaluate(() => window.measured.list));
    await page.keyboard.press('Escape');
  }
  return times;
});
