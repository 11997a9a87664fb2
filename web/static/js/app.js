// What every page does when scripts are on. Nothing here is needed to decide on anything.

// After a failed form, the summary gets the focus so that a screen reader starts with it.
const summary = document.querySelector('.error-summary');
if (summary) summary.focus();

// A second press of the same button sends nothing while the first one is on its way.
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = '1';
});
// Coming back with the back button makes the form usable again.
window.addEventListener('pageshow', () => {
  for (const form of document.forms) delete form.dataset.sent;
});

// The plan editor saves by itself and warns before unsaved text is left.
if (document.querySelector('form[data-autosave]')) import('./editor.js');

// The number of unseen alerts follows by itself.
const alerts = document.querySelector('[data-alerts]');
if (alerts && window.EventSource) {
  const source = new EventSource('/alerts/stream');
  source.addEventListener('alerts', (event) => {
    alerts.textContent = event.data;
    alerts.hidden = event.data === '0';
  });
  window.addEventListener('pagehide', () => source.close());
}
