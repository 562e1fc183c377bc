// Sets the theme before the page is painted: what the visitor chose here, or else what the browser prefers. Loads the page again
// if a script of it did not come, such as from a process that ended at that moment.
(() => {
  const system = matchMedia('(prefers-color-scheme: dark)');
  const chosen = () => {
    try {
      return localStorage.getItem('tasksbus-theme');
    } catch {
      return null;
    }
  };
  const show = () => document.documentElement.dataset.theme = chosen() ?? (system.matches ? 'dark' : 'light');
  show();
  window.tasksbus = {
    zone: () => Intl.DateTimeFormat().resolvedOptions().timeZone ?? 'UTC',
    isDark: () => document.documentElement.dataset.theme === 'dark',
    setDark: isDark => {
      try {
        localStorage.setItem('tasksbus-theme', isDark ? 'dark' : 'light');
      } catch {
        // The choice lasts as long as the page, then.
      }
      document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
    },
    watchSystem: page => system.addEventListener('change', () => {
      show();
      page.invokeMethodAsync('ShowThemeAsync', window.tasksbus.isDark()).catch(() => {});
    }),
    focus: id => document.getElementById(id)?.focus(),
  };

  const attempts = 'tasksbus-attempts';
  let isLoadingAgain = false;
  addEventListener('error', ({ target }) => {
    if (!(target instanceof HTMLScriptElement) || isLoadingAgain) return;
    const tried = Number(sessionStorage.getItem(attempts) ?? 0);
    if (tried === 5) {
      document.getElementById('opening')?.replaceChildren('A part of this page does not load. Load it again in a while.');
      return;
    }
    isLoadingAgain = true;
    sessionStorage.setItem(attempts, tried + 1);
    setTimeout(() => location.reload(), 1_000 * (tried + 1));
  }, true);
  addEventListener('load', () => {
    if (!isLoadingAgain) sessionStorage.removeItem(attempts);
  });
})();
