package crm

import (
	"slices"
	"time"

	"github.com/rosterdb/roster/contact"
)

// SessionGap is the time without a page visit after which another one begins a session, in
// what [PageEvents] returns.
const SessionGap = 30 * time.Minute

// Behaviour returns all types of events of this package: what was sent to contacts and what
// they did. A host records them by [contact.Tx.Record], leaves out what it does not know, and
// adds attributes of its own by declaring a type again:
//
//	contact.EventType("purchase", contact.Text("shop"))
//
// What tells things apart, such as email, form and asset, is the host's id or name of them
// and compares as written; titles, addresses and the like compare as a reader does.
func Behaviour() []contact.Part {
	return slices.Concat(EmailEvents(), PageEvents(), FormEvents(), AssetEvents(), PushEvents(), SMSEvents(), VideoEvents(), Purchases())
}

// EmailEvents returns the types email.sent, email.read (each time it was opened),
// email.clicked (a link in it), email.bounced and email.unsubscribed.
func EmailEvents() []contact.Part {
	return []contact.Part{
		contact.EventType("email.sent", email()).Label("Was sent an e-mail"),
		contact.EventType("email.read", email()).Label("Read an e-mail"),
		contact.EventType("email.clicked", email(), link(), contact.Text("url").Label("URL")).Label("Clicked a link of an e-mail"),
		contact.EventType("email.bounced", email(), contact.Text("reason").Label("Reason")).Label("An e-mail bounced"),
		contact.EventType("email.unsubscribed", email(), contact.Text("reason").Label("Reason")).Label("Unsubscribed by an e-mail"),
	}
}

// PageEvents returns the types page.hit, a visit of a page that the host tracks, and session,
// the sessions of them with a gap of [SessionGap].
//
// A hit has the address and the title of the page, its referer, the landing page if it is one
// of the host's, and where the visitor came from: the tracked link, the e-mail, a source such
// as campaign with its number, the parameters of the link and the type of the device.
func PageEvents() []contact.Part {
	hit := []contact.Part{
		contact.Text("url").Label("URL"),
		contact.Text("title").Label("Title of the page"),
		referer(), page(), link(), email(),
		contact.Text("source").Label("Source"),
		contact.Number("source_id").Label("Number of the source"),
		contact.Text("device").Label("Type of device"),
	}
	for _, name := range []string{"source", "medium", "campaign", "content", "term"} {
		hit = append(hit, contact.Text("utm_"+name).Label("UTM "+name))
	}
	return []contact.Part{
		contact.EventType("page.hit", hit...).Label("Visited a page"),
		contact.Sessions("session", SessionGap, "page.hit").Label("Browsing session"),
	}
}

// FormEvents returns the type form.submitted: which form, on which page, from where.
func FormEvents() []contact.Part {
	return []contact.Part{
		contact.EventType("form.submitted", contact.Text("form").Exact().Label("Form"), page(), referer()).Label("Submitted a form"),
	}
}

// AssetEvents returns the type asset.downloaded.
func AssetEvents() []contact.Part {
	return []contact.Part{
		contact.EventType("asset.downloaded", contact.Text("asset").Exact().Label("Asset"), contact.Text("source").Label("Source"), referer()).Label("Downloaded an asset"),
	}
}

// PushEvents returns the types push.sent and push.clicked, for push messages. Who is
// registered for them is told by the field push_ids of [Standing].
func PushEvents() []contact.Part {
	message := contact.Text("notification").Exact().Label("Notification")
	return []contact.Part{
		contact.EventType("push.sent", message).Label("Was sent a push message"),
		contact.EventType("push.clicked", message, contact.Text("url").Label("URL")).Label("Clicked a push message"),
	}
}

// SMSEvents returns the types sms.sent, sms.failed and sms.clicked, for text messages.
func SMSEvents() []contact.Part {
	message := contact.Text("sms").Exact().Label("Text message")
	return []contact.Part{
		contact.EventType("sms.sent", message).Label("Was sent a text message"),
		contact.EventType("sms.failed", message, contact.Text("reason").Label("Reason")).Label("A text message failed"),
		contact.EventType("sms.clicked", message, link(), contact.Text("url").Label("URL")).Label("Clicked a link of a text message"),
	}
}

// VideoEvents returns the type video.watched: which video, on which page, for how many
// seconds and how much of it, in percent.
func VideoEvents() []contact.Part {
	return []contact.Part{
		contact.EventType("video.watched", contact.Text("video").Exact().Label("Video"), page(),
			contact.Number("seconds").Label("Seconds watched"), contact.Number("percent").Label("Percent watched")).Label("Watched a video"),
	}
}

// Purchases returns the type purchase: the order, what it is worth and in which currency, how
// many items it has and, of one for each item, which product.
func Purchases() []contact.Part {
	return []contact.Part{
		contact.EventType("purchase", contact.Text("order").Exact().Label("Order"), contact.Number("amount").Label("Amount"),
			contact.Text("currency").Exact().Label("Currency"), contact.Number("items").Label("Number of items"),
			contact.Text("product").Exact().Label("Product")).Label("Bought something"),
	}
}

func email() contact.Part   { return contact.Text("email").Exact().Label("E-mail") }
func page() contact.Part    { return contact.Text("page").Exact().Label("Landing page") }
func link() contact.Part    { return contact.Text("link").Exact().Label("Tracked link") }
func referer() contact.Part { return contact.Text("referer").Label("Referer") }
