package rotation

import (
	"strings"
	"testing"
	"time"
)

var now = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func TestJudge(t *testing.T) {
	for _, c := range []struct {
		age, maxAge, warn int // days
		status            Status
		left              int
	}{
		{0, 90, 14, OK, 90},
		{75, 90, 14, OK, 15},
		{76, 90, 14, Warning, 14},
		{86, 90, 14, Warning, 4},
		{87, 90, 14, Urgent, 3},
		{89, 90, 14, Urgent, 1},
		{90, 90, 14, Expired, 0},
		{100, 90, 14, Expired, -10},
		{75, 90, 0, OK, 15},
		{76, 90, 0, Warning, 14},
		{14, 20, 0, OK, 6}, // a quarter of 20 days is 5
		{15, 20, 0, Warning, 5},
	} {
		r := Credential{Changed: now.AddDate(0, 0, -c.age)}
		r.Judge(time.Duration(c.maxAge)*day, time.Duration(c.warn)*day, now)
		if r.Status != c.status || r.DaysLeft != c.left {
			t.Errorf("%d of %d days, warning %d: %v, %d days left", c.age, c.maxAge, c.warn, r.Status, r.DaysLeft)
		}
	}
	r := Credential{Changed: now.Add(-91*day - time.Hour)}
	if r.Judge(90*day, 0, now); r.DaysLeft != -1 {
		t.Errorf("a day and an hour too old: %d days left", r.DaysLeft)
	}
}

func TestSort(t *testing.T) {
	list := []Credential{
		{Key: "soon, but fine", Expires: now.Add(5 * day)},
		{Key: "late", Status: Warning, Expires: now.Add(20 * day)},
		{Key: "gone", Status: Expired, Expires: now},
		{Key: "earlier", Status: Warning, Expires: now.Add(10 * day)},
	}
	Sort(list)
	for i, want := range []string{"gone", "earlier", "late", "soon, but fine"} {
		if list[i].Key != want {
			t.Fatalf("the order is %v", list)
		}
	}
}

func TestCalendar(t *testing.T) {
	c := Credential{File: "a, b.yaml", Key: "db.password", Changed: now, Owner: "alice", Note: "see the wiki; " + strings.Repeat("x", 80)}
	c.Judge(90*day, 14*day, now)
	text := Calendar([]Credential{c}, now)
	for _, want := range []string{
		"BEGIN:VCALENDAR\r\n", "DTSTART;VALUE=DATE:20270219\r\n", "DTEND;VALUE=DATE:20270220\r\n",
		`SUMMARY:Rotate db.password in a\, b.yaml`, "TRIGGER:-P14D\r\n", `Last changed on 2026-11-21.\nOwner: alice\nsee the wiki\;`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	for _, line := range strings.Split(text, "\r\n") {
		if len(line) > 75 {
			t.Errorf("a line has %d bytes: %s", len(line), line)
		}
	}
	if text != Calendar([]Credential{c}, now) {
		t.Error("the same dates give another calendar")
	}
}
