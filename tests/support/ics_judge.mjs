// Opens calendar files with ical.js (npm); one line of complaint each.
//
// usage: node ics_judge.mjs ICAL_JS FOLDER

import { readFileSync, readdirSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [library, folder] = process.argv.slice(2);
const { default: ICAL } = await import(pathToFileURL(library));
let events = 0;
for (const name of readdirSync(folder)) {
  const calendar = new ICAL.Component(ICAL.parse(readFileSync(`${folder}/${name}`, 'utf8')));
  for (const item of calendar.getAllSubcomponents('vevent')) {
    const event = new ICAL.Event(item);
    events += 1;
    const days = event.endDate.subtractDate(event.startDate).toSeconds() / 86400;
    if (!event.startDate.isDate || days !== 1 || !event.uid || Number.isNaN(event.sequence)) console.log(name, event.uid, days);
  }
}
console.log(`opened ${events}`);
