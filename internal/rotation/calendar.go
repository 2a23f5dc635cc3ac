package rotation

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	ics "github.com/arran4/golang-ical"
)

// Calendar gives the dates of expiry as an iCalendar file (RFC 5545): an event
// of a whole day for each secret, with an alarm when the warning time begins.
// The ids depend on file and key only, so that a newer file updates the events
// of an older one.
func Calendar(list []Credential, now time.Time) string {
	cal := ics.NewCalendar()
	cal.SetProductId("-//encfg//rotation//EN")
	cal.SetMethod(ics.MethodPublish)
	cal.SetName("encfg rotation")
	for i := range list {
		c := &list[i]
		sum := sha256.Sum256([]byte(c.File + "\x00" + c.Key))
		e := cal.AddEvent(hex.EncodeToString(sum[:16]) + "@encfg")
		e.SetDtStampTime(now.UTC())
		e.SetAllDayStartAt(c.Expires.UTC())
		e.SetAllDayEndAt(c.Expires.UTC().Add(day))
		e.SetSummary("Rotate " + c.Key + " in " + c.File)
		text := "Last changed on " + c.Changed.UTC().Format(time.DateOnly) + "."
		if c.Owner != "" {
			text += "\nOwner: " + c.Owner
		}
		if c.Note != "" {
			text += "\n" + c.Note
		}
		e.SetDescription(text)
		alarm := e.AddAlarm()
		alarm.SetAction(ics.ActionDisplay)
		alarm.SetDescription("Rotate " + c.Key + " in " + c.File)
		alarm.SetTrigger(fmt.Sprintf("-P%dD", max(1, int(c.Expires.Sub(c.Warn)/day))))
	}
	return cal.Serialize(ics.WithNewLineWindows)
}
