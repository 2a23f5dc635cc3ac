package crypt

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"github.com/encfg/encfg/formats"
)

// changedPrefix begins the fields of our part of the sops block that say when
// a value was last changed:
//
//	changed_<id>: 2026-11-21T22:42:36Z ENC[AES256_GCM,…]
//
// The id is a hash of the value's place, since not every key name can stand in
// a flat sops block. The date can be read without a key. The token holds
// nothing and authenticates place and date: who lacks the key can remove a
// record, or put back an older one, but not make a value look younger.
const changedPrefix = "changed_"

// changedID names the record of a value.
func changedID(l *formats.Leaf) string {
	sum := sha256.Sum256([]byte(changedPlace(l)))
	return hex.EncodeToString(sum[:8])
}

// changedPlace tells apart all values of a file, list items and the documents
// of a YAML file too.
func changedPlace(l *formats.Leaf) string { return itoa(int(l.Doc)) + "\x00" + l.At.String() }

// changedAAD cannot be the path of a value: those end with a colon.
func changedAAD(l *formats.Leaf, date string) string {
	return "encfg changed 1\x00" + changedPlace(l) + "\x00" + date
}

// Changed is the recorded time of the last change of a value; ok is false where
// there is no record. Without a decryption it is not known to be authentic.
func (md *Metadata) Changed(l *formats.Leaf) (t time.Time, ok bool) {
	if md.Own == nil || len(md.Own.Changed) == 0 {
		return t, false
	}
	date, _, _ := strings.Cut(md.Own.Changed[changedID(l)], " ")
	t, err := time.Parse(time.RFC3339, date)
	return t, err == nil
}

// checkChanged drops the records that are not authentic and says so.
func (o *opener) checkChanged(out *opened) {
	if o.md.Own == nil || len(o.md.Own.Changed) == 0 {
		return
	}
	good := map[string]string{}
	for i := range o.doc.Leaves {
		l := &o.doc.Leaves[i]
		if l.Type == formats.Comment {
			continue
		}
		id := changedID(l)
		record, ok := o.md.Own.Changed[id]
		if !ok {
			continue
		}
		date, token, _ := strings.Cut(record, " ")
		if _, err := o.key.openText(token, changedAAD(l, date)); err != nil {
			o.md.Own.Forged = append(o.md.Own.Forged, l.At.String())
			out.warnings = append(out.warnings, o.where(l)+": "+l.At.String()+": the date of the last change "+errAuth.Error())
			continue
		}
		good[id] = record
	}
	o.md.Own.Changed = good
}

// dater finds the dates of the last change while a file is sealed. A nil dater
// records none.
type dater struct {
	key    *DataKey
	now    string
	wants  func(*formats.Leaf) bool // nil: only dates that are there are kept up
	before *supply                  // what the values were; nil for a new file
	old    map[string]string        // the records of the older version
	same   bool                     // the data key is the old one: so records stay valid
	out    map[string]string
}

func (s *sealer) newDater(p *plan) *dater {
	var old map[string]string
	if s.md.Own != nil {
		old = s.md.Own.Changed
	}
	if s.dated == nil && len(old) == 0 {
		return nil
	}
	return &dater{key: s.key, now: s.now.UTC().Format(time.RFC3339), wants: s.dated, old: old,
		before: s.before.supply(p.doc, p.sealed), same: s.old != nil, out: map[string]string{}}
}

// value records a value that is encrypted. One that is what it was before keeps
// its date, or goes on without: when it was changed is not known then.
func (d *dater) value(i int, l *formats.Leaf) error {
	if d == nil {
		return nil
	}
	same := d.before.take(i, l, l.At.AAD()) != ""
	id := changedID(l)
	record, dated := d.old[id]
	if !dated && (same || d.wants == nil || !d.wants(l)) {
		return nil
	}
	date := d.now
	if same {
		if d.same {
			d.out[id] = record
			return nil
		}
		date, _, _ = strings.Cut(record, " ")
	}
	token, err := d.key.sealText("", changedAAD(l, date))
	d.out[id] = date + " " + token
	return err
}

// records are the dates for our part of the sops block.
func (d *dater) records() map[string]string {
	if d == nil {
		return nil
	}
	return d.out
}
