// The plan editor with scripts on: saves by itself after two seconds of rest, warns before unsaved text is left,
// counts characters. Without it the buttons do everything.

const form = document.querySelector('form[data-autosave]');

function enhance(form) {
  const state = form.querySelector('[data-save-state]');
  const base = form.elements.base;
  let dirty = false;
  let timer = 0;
  let saving = false;
  let inFlight = Promise.resolve();

  const say = (text, bad) => {
    state.textContent = text;
    state.classList.toggle('field-error', Boolean(bad));
  };

  function save() {
    if (saving || !dirty) return;
    saving = true;
    inFlight = send();
  }

  async function send() {
    dirty = false;
    const body = new URLSearchParams(new FormData(form));
    body.append('do', 'autosave');
    try {
      const answer = await fetch(form.action, { method: 'POST', body, credentials: 'same-origin', redirect: 'error' });
      if (answer.ok) {
        const saved = await answer.json();
        base.value = saved.base;
        say(`${state.dataset.textSaved} ${saved.at}`);
      } else {
        dirty = true;
        say(answer.status === 409 ? state.dataset.textConflict : state.dataset.textFailed, true);
        // Somebody else's version or a refusal: only the person can decide, so nothing is sent again by itself.
        clearTimeout(timer);
        saving = false;
        return;
      }
    } catch {
      dirty = true;
      say(state.dataset.textFailed, true);
      timer = setTimeout(save, 15000);
    }
    saving = false;
    if (dirty && !timer) timer = setTimeout(save, 2000);
  }

  form.addEventListener('input', () => {
    dirty = true;
    clearTimeout(timer);
    timer = setTimeout(() => { timer = 0; save(); }, 2000);
  });
  form.addEventListener('focusout', () => { if (dirty) { clearTimeout(timer); timer = setTimeout(() => { timer = 0; save(); }, 300); } });
  let leaving = false;
  form.addEventListener('submit', (event) => {
    clearTimeout(timer);
    leaving = true;
    if (!saving) return;
    // What saved itself a moment ago must be answered first, or the form would be in conflict with itself.
    event.preventDefault();
    event.stopPropagation();
    inFlight.then(() => form.requestSubmit(event.submitter));
  });
  window.addEventListener('pageshow', () => { leaving = false; });
  window.addEventListener('beforeunload', (event) => {
    if (dirty && !leaving) event.preventDefault();
  });

  for (const box of form.querySelectorAll('textarea[data-max]')) {
    const max = Number(box.dataset.max);
    const count = document.createElement('span');
    count.className = 'field-count';
    count.setAttribute('aria-hidden', 'true');
    box.after(count);
    const show = () => {
      const used = [...box.value].length;
      count.textContent = used > max * 0.8 ? `${used} / ${max}` : '';
      count.classList.toggle('field-count-over', used > max);
    };
    box.addEventListener('input', show);
    show();
  }
}

if (form) enhance(form);
