"""An independent calendar. `days`: every day of 2007 to 2026 with 1 for worked and 0 for off. `deadlines`: reads
lines of `start count due` and prints those whose due day another computation does not agree with. `before`: the same
for lines of `due count day`, counted backwards. `schedules`: the same for lines of `schedule|times`."""

import datetime
import sys

import chinese_calendar

ONE = datetime.timedelta(days=1)


def days():
    day = datetime.date(2007, 1, 1)
    while day.year < 2027:
        print(day, int(chinese_calendar.is_workday(day)))
        day += ONE


def deadlines():
    # A table of working days, in which a deadline is a place further on: no walk from day to day.
    worked = chinese_calendar.get_workdays(datetime.date(2007, 1, 1), datetime.date(2026, 12, 31))
    place = {day: index for index, day in enumerate(worked)}
    checked = 0
    for line in sys.stdin:
        start, count, due = line.split()
        count = int(count)
        day = datetime.date.fromisoformat(start)
        # The last working day on or before the start; the start day itself does not count.
        before = day
        while before not in place:
            before -= ONE
        right = worked[place[before] + count]
        if count == 0 and day not in place:
            right = worked[place[before] + 1]
        checked += 1
        if right != datetime.date.fromisoformat(due):
            print(start, count, "is due", right, "not", due)
    print("checked", checked)


def before():
    worked = chinese_calendar.get_workdays(datetime.date(2023, 1, 1), datetime.date(2026, 12, 31))
    place = {day: index for index, day in enumerate(worked)}
    checked = 0
    for line in sys.stdin:
        due, count, told = line.split()
        day = datetime.date.fromisoformat(due)
        # A last day that is off lasts until the next one that is worked.
        while day not in place:
            day += ONE
        right = worked[place[day] - int(count)]
        checked += 1
        if right != datetime.date.fromisoformat(told):
            print(count, "before", due, "is", right, "not", told)
    print("checked", checked)


def schedules():
    from croniter import croniter

    checked = 0
    for line in sys.stdin:
        words, times = line.rstrip("\n").split("|")
        after = croniter(words, datetime.datetime(2026, 1, 30, 8, 30))
        right = [after.get_next(datetime.datetime).strftime("%Y-%m-%dT%H:%M") for _ in range(5)]
        checked += 1
        if right != times.split():
            print(words, "comes at", right, "not", times)
    print("checked", checked)


{"days": days, "deadlines": deadlines, "before": before, "schedules": schedules}[sys.argv[1]]()
