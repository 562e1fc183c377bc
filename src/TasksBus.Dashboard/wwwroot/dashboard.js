// Opens the circuit by WebSockets alone and without negotiation. So any process of a cluster can serve it.
(() => {
  const modal = document.getElementById('components-reconnect-modal');
  modal.addEventListener('components-reconnect-state-changed', ({ detail: { state } }) => {
    // The server has forgotten the page, or is another process. All that the page shows is in its address.
    if (state === 'rejected') location.reload();
    // A server refuses the connection of somebody whose session has ended meanwhile.
    if (state === 'retrying') fetch('_blazor').then(({ status }) => status === 401 && location.reload(), () => {});
  });
  modal.querySelector('.reload').addEventListener('click', event => {
    event.preventDefault();
    location.reload();
  });
  Blazor.start({
    circuit: {
      configureSignalR: builder => builder.withUrl('_blazor', { skipNegotiation: true, transport: 1 }),
      reconnectionOptions: { maxRetries: 600, retryIntervalMilliseconds: tries => tries === 0 ? 0 : Math.min(500 * tries, 3000) },
    },
  });
})();
