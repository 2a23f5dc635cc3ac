package crypt

import (
	"context"
	"slices"

	"github.com/encfg/encfg/keysource"
)

// RecipientID names the recipient of a stanza: its source and its ID there.
func RecipientID(s keysource.Stanza) string {
	id := ""
	if src := keysource.ByName(s.Source); src != nil {
		id = src.Recipient(s).ID
	}
	return s.Source + ":" + id
}

func recipientIDs(groups [][]keysource.Stanza) []string {
	var ids []string
	for _, g := range groups {
		for _, s := range g {
			ids = append(ids, RecipientID(s))
		}
	}
	return ids
}

// Strangers are the recipients in the block that nobody with the data key
// decided on, as far as that is known; ok is false in a file without a record.
func (md *Metadata) Strangers() (ids []string, ok bool) {
	if md.Own == nil || md.Own.Recipients == nil {
		return nil, false
	}
	for _, id := range recipientIDs(md.Groups) {
		if !slices.Contains(md.Own.Recipients, id) {
			ids = append(ids, id)
		}
	}
	return ids, true
}

// lock wraps the data key for all recipients and records that they were
// decided on.
func (md *Metadata) lock(ctx context.Context, env *keysource.Env, key *DataKey, groups [][]keysource.Recipient, unvouched []string) error {
	stanzas, err := keysource.Lock(ctx, env, groups, md.Threshold, key.Bytes())
	if err != nil {
		return err
	}
	md.decide(stanzas, unvouched)
	return nil
}

// relock is lock for one group with the old data key: who has a stanza keeps it.
func (md *Metadata) relock(ctx context.Context, env *keysource.Env, key *DataKey, group []keysource.Recipient, unvouched []string) error {
	var stanzas []keysource.Stanza
	for _, s := range md.Groups[0] {
		if slices.ContainsFunc(group, func(r keysource.Recipient) bool { return r.Source+":"+r.ID == RecipientID(s) }) {
			stanzas = append(stanzas, s)
		}
	}
	var missing []keysource.Recipient
	for _, r := range group {
		if !slices.ContainsFunc(stanzas, func(s keysource.Stanza) bool { return r.Source+":"+r.ID == RecipientID(s) }) {
			missing = append(missing, r)
		}
	}
	if len(missing) > 0 {
		added, err := keysource.Lock(ctx, env, [][]keysource.Recipient{missing}, 0, key.Bytes())
		if err != nil {
			return err
		}
		stanzas = append(stanzas, added[0]...)
	}
	md.decide([][]keysource.Stanza{stanzas}, unvouched)
	return nil
}

// decide puts stanzas into the block, and their recipients on record, but for
// those that nobody vouches for.
func (md *Metadata) decide(stanzas [][]keysource.Stanza, unvouched []string) {
	own := Own{}
	if md.Own != nil {
		own = *md.Own
	}
	own.Recipients = slices.DeleteFunc(recipientIDs(stanzas), func(id string) bool { return slices.Contains(unvouched, id) })
	md.Groups, md.Own = stanzas, &own
}
