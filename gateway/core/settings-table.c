/* The one table of all settings. */
#include "core/settings-table.h"

#define APP (WEIR_SETTING_APP | WEIR_SETTING_RELOAD)
#define RELOADED (WEIR_SETTING_NAMED | WEIR_SETTING_RELOAD)

const WeirSetting weir_settings_table[] = {
  { "rtmp", "address", WEIR_SETTING_STRING, "0.0.0.0", 0, 0, 0,
      "Address on which publishers are awaited; \"::\" for IPv6 and IPv4." },
  { "rtmp", "port", WEIR_SETTING_INT, "1935", 0, 65535, 0,
      "TCP port for RTMP; 0 lets the system choose (it is logged)." },
  { "rtmp", "chunk_size", WEIR_SETTING_INT, "65536", 128, 1048576, 0,
      "Chunk size announced to publishers. Large chunks cost both sides less; "
      "small ones interleave sound better on very slow lines." },
  { "rtmp", "max_connections", WEIR_SETTING_INT, "2000", 1, 100000, 0,
      "Connections in all. One more is closed at once." },
  { "rtmp", "max_connections_per_address", WEIR_SETTING_INT, "200", 1, 100000,
      0,
      "Connections from one address (IPv6: one /64 network). Raise it where "
      "many publish from behind one router." },
  { "rtmp", "handshake_timeout_ms", WEIR_SETTING_INT, "5000", 100, 60000, 0,
      "The handshake must be complete by then, however slowly bytes drip." },
  { "rtmp", "publish_timeout_ms", WEIR_SETTING_INT, "10000", 100, 120000, 0,
      "A connection must publish by then, counted from its beginning." },
  { "rtmp", "idle_timeout_ms", WEIR_SETTING_INT, "30000", 1000, 600000, 0,
      "A publisher that sends nothing for so long is disconnected." },
  { "rtmp", "max_message_bytes", WEIR_SETTING_INT, "8388608", 65536, 16777215,
      0, "Largest access unit. A larger one ends its publisher." },
  { "rtmp", "takeover_ms", WEIR_SETTING_INT, "3000", 0, 600000, APP,
      "A publisher that comes with the same key takes the stream over when the "
      "old connection has been silent for so long, as after a lost network. "
      "Before that, and without keys, it is refused: the name is live." },
  { "rtmp", "require_key", WEIR_SETTING_BOOL, "true", 0, 0, APP,
      "Publishing needs a key of the key table. Without it anybody who "
      "reaches the port can publish under any name. false takes the key table "
      "out of rtmp auth: keys becomes none, both becomes hook." },
  { "rtmp", "auth", WEIR_SETTING_STRING, "keys", 0, 0, APP,
      "Who says whether somebody may publish: the key table, a [hook NAME] "
      "with "
      "event = publish, both (the table first, then the hook), or nobody. A "
      "hook also takes over: see takeover_ms.",
      "keys|hook|both|none" },
  { "rtmp", "refusal_delay_ms", WEIR_SETTING_INT, "300", 0, 5000, APP,
      "A wrong key is answered after so long, and up to a third longer, at "
      "random, so that guessing is slow and its time tells nothing. 0: at "
      "once." },
  { "rtmp", "lockout_failures", WEIR_SETTING_INT, "10", 0, 1000000, APP,
      "After so many wrong keys, or questions to a hook that the publisher did "
      "not wait for, the publisher's address (IPv6: its /64) is "
      "refused without looking at the key. 0: never. Publishers behind one "
      "address share its fate: raise it where many sit behind one NAT." },
  { "rtmp", "lockout_window_ms", WEIR_SETTING_INT, "60000", 100, 86400000, APP,
      "Wrong keys count for lockout_failures when they come within so long of "
      "the first of them. A right key clears them." },
  { "rtmp", "lockout_ms", WEIR_SETTING_INT, "60000", 100, 86400000, APP,
      "How long a locked-out address is refused, with a right key, too." },

  { "rtmp", "proxy_from", WEIR_SETTING_STRING, "", 0, 0, 0,
      "Proxies in front of RTMP and RTMPS: addresses and networks (10.0.0.0/8) "
      "separated by commas. Connections from there must begin with a PROXY "
      "header, version 1 or 2, whose source address is then shown, logged, "
      "counted by max_connections_per_address and locked out. List only "
      "proxies: whoever is listed can claim any address." },

  { "rtmps", "address", WEIR_SETTING_STRING, "0.0.0.0", 0, 0, 0,
      "Address on which publishers over TLS are awaited. All limits of [rtmp] "
      "count both together." },
  { "rtmps", "port", WEIR_SETTING_INT, "1936", 0, 65535, 0,
      "TCP port for RTMP over TLS; 0 lets the system choose (it is logged)." },
  { "rtmps", "certificate", WEIR_SETTING_STRING, "", 0, 0, WEIR_SETTING_RELOAD,
      "PEM file with the server's certificate and those that lead to its root; "
      "relative to the configuration file. Empty: no RTMPS. A reload reads the "
      "file again for connections that come after it." },
  { "rtmps", "key", WEIR_SETTING_STRING, "", 0, 0, WEIR_SETTING_RELOAD,
      "PEM file with the private key, without a password. Empty: it is in the "
      "certificate's file." },

  { "srt", "address", WEIR_SETTING_STRING, "0.0.0.0", 0, 0, 0,
      "Address on which SRT publishers are awaited; \"::\" for IPv6 and IPv4. "
      "Keys, hooks, bars, lock-outs, take-over and limits are those of [rtmp], "
      "[gate] and [limits]." },
  { "srt", "port", WEIR_SETTING_STRING, "9000", 0, 0, 0,
      "UDP port for SRT, or several separated by commas: each is served by a "
      "process of its own, which carries about 160 streams or 1 Gbit/s. 0 lets "
      "the system choose (it is logged). Empty: nobody publishes over SRT." },
  { "srt", "max_connections", WEIR_SETTING_INT, "500", 1, 10000, 0,
      "Publishers and sends together on one port. One more is refused." },
  { "srt", "max_connections_per_address", WEIR_SETTING_INT, "200", 1, 10000, 0,
      "Publishers from one address (IPv6: one /64 network) on one port." },
  { "srt", "latency_ms", WEIR_SETTING_INT, "120", 20, 10000, 0,
      "Time to send again what was lost on the way to us, with late = drop. "
      "The "
      "larger of this and what the publisher asks for counts; it adds to the "
      "delay. Four times the round-trip time carries a line that loses much." },
  { "srt", "late", WEIR_SETTING_STRING, "wait", 0, 0, 0,
      "What becomes of pictures of which a part has not come yet. wait: they "
      "and those behind them come, and go out, that much later, as over RTMP, "
      "and nothing is lost on a line that loses much; latencies do not count. "
      "Who has not sent it after three seconds is disconnected, and its "
      "address is treated as with drop for ten minutes. drop: what has not "
      "come when the latency is over is given up, as SRT does otherwise, and "
      "pictures go on with the next key frame.",
      "wait|drop" },
  { "srt", "max_latency_ms", WEIR_SETTING_INT, "5000", 20, 30000, 0,
      "With late = drop, a publisher that asks for more is disconnected: it "
      "costs bitrate × latency of memory." },
  { "srt", "idle_timeout_ms", WEIR_SETTING_INT, "30000", 1000, 600000, 0,
      "A publisher who is connected and sends nothing for so long is "
      "disconnected. One that vanished is noticed within 3 s." },
  { "srt", "passphrase", WEIR_SETTING_STRING, "", 0, 0, APP,
      "10 to 79 bytes. Publishers must encrypt with it; empty: they must not. "
      "One for an [app NAME] or a [publisher NAME] goes before this. It keeps "
      "listeners on the way out; who may publish is still said by the key." },
  { "srt", "key_bits", WEIR_SETTING_STRING, "128", 0, 0, 0,
      "Length of the AES key: the one used by publishers who leave it open, "
      "and the least that others may choose.",
      "128|192|256" },
  { "srt", "default_stream_id", WEIR_SETTING_STRING, "", 0, 0, 0,
      "For encoders that can't send a stream id: it is read as if they had "
      "sent this, e.g. live/cam1?key=SECRET. Empty: they are refused." },
  { "srt", "programme", WEIR_SETTING_INT, "0", 0, 65535, 0,
      "Programme number to take from an MPEG transport stream that has "
      "several. 0: the first with a picture." },
  { "srt", "hang_timeout_ms", WEIR_SETTING_INT, "3000", 500, 60000, 0,
      "A process that serves SRT and does not answer for so long is replaced; "
      "its publishers connect again and go on in their streams." },

  { "http", "address", WEIR_SETTING_STRING, "127.0.0.1", 0, 0, 0,
      "Address of console, API and WebSocket. Leave it on loopback and put a "
      "proxy with TLS in front." },
  { "http", "port", WEIR_SETTING_INT, "8080", 0, 65535, 0,
      "TCP port; 0 lets the system choose (it is logged)." },
  { "http", "public_url", WEIR_SETTING_STRING, "", 0, 0, 0,
      "How browsers reach the console, e.g. https://weir.example. Only pages "
      "from there may open the WebSocket. Empty: http://ADDRESS:PORT and "
      "http://localhost:PORT." },
  { "http", "console_dir", WEIR_SETTING_STRING, "", 0, 0, 0,
      "Folder of the console's files. Empty: beside the program." },
  { "http", "session_hours", WEIR_SETTING_INT, "12", 1, 720, 0,
      "A log-in ends after so long." },
  { "http", "import_mb", WEIR_SETTING_INT, "64", 1, 512, 0,
      "Largest list, in MiB, that is put into a bank through the API (weirctl "
      "bank import). It is in memory, several times over, while it is read." },

  { "gate", "delay_ms", WEIR_SETTING_INT, "8000", 0, 600000, APP,
      "How long a stream is held before it goes out. It is the time that "
      "analysis and reviewers have; it is also what viewers lag behind, and "
      "it costs bitrate × delay of memory per stream." },
  { "gate", "max_window_bytes", WEIR_SETTING_INT, "268435456", 1048576,
      8589934592, APP,
      "Most bytes one stream's window may hold; on_window_full says what "
      "happens then." },
  { "gate", "max_total_window_bytes", WEIR_SETTING_INT, "0", 0, 70368744177664,
      WEIR_SETTING_RELOAD,
      "Most bytes that all streams together may hold; 0: half of the memory "
      "that this machine or container has. From 90 % of it on new publishers "
      "are refused; a stream that would grow over it is disconnected." },
  { "gate", "key_frame_timeout_ms", WEIR_SETTING_INT, "15000", 1000, 600000,
      APP,
      "A publisher with picture whose first key frame has not come by then is "
      "refused: nothing of it could be shown or looked at." },

  { "gate", "grace_ms", WEIR_SETTING_INT, "10000", 0, 600000, APP,
      "How long a stream whose publisher was lost stays open downstream after "
      "its window has gone out. A publisher that comes back by then goes on in "
      "it, with a gap as long as the real one; viewers' connections stay. "
      "Servers that drop silent publishers must be more patient (nginx-rtmp: "
      "timeout, 60 s). A publisher that stops by itself ends it at once." },
  { "gate", "blank_rest_s", WEIR_SETTING_INT, "86400", 0, 31536000, APP,
      "A blank or a mute that a person commanded belongs to the stream's name: "
      "who stops and comes back is still closed, until somebody resumes or "
      "unmutes it, or this long after the last stream of the name ended. 0: "
      "until somebody does, however long that takes." },
  { "gate", "slate_text", WEIR_SETTING_STRING, "We will be right back.", 0, 0,
      APP,
      "What viewers read while content is withheld, in their language; \\n "
      "ends "
      "a line, and what comes after the first is set smaller. A place where "
      "help is found is worth a line. Up to 1024 bytes. Empty: the picture "
      "alone. Scripts beyond Latin, Greek and Cyrillic need a font that has "
      "them (fonts-noto)." },
  { "gate", "slate_picture", WEIR_SETTING_STRING, "", 0, 0, APP,
      "PNG file shown behind the text, up to 4 MiB; relative to the "
      "configuration file. It fills the frame, what sticks out is left away. "
      "Empty: weir draws one." },
  { "gate", "slate_fallback", WEIR_SETTING_STRING, "freeze", 0, 0, APP,
      "What happens while content is withheld where there is no slate, as for "
      "a codec without an encoder here: freeze (no picture is sent, players "
      "keep the last one; silence goes on) or cut (the stream ends, nobody is "
      "barred). The console says so.",
      "freeze|cut" },
  { "gate", "shadow", WEIR_SETTING_BOOL, "false", 0, 0, APP,
      "Shadow mode, to see what would be flagged: no delay whatever delay_ms "
      "says, cases are opened and can be decided, and no stream is touched." },
  { "gate", "on_analysis_lost", WEIR_SETTING_STRING, "open", 0, 0, APP,
      "While no analyzer works: open lets everything pass unseen, blank shows "
      "the slate instead, cut ends streams and refuses new ones (nobody is "
      "barred). The safer, the more it costs when something breaks.",
      "open|blank|cut" },
  { "gate", "on_unattended", WEIR_SETTING_STRING, "open", 0, 0, APP,
      "The same while no reviewer's console is connected.", "open|blank|cut" },
  { "gate", "on_store_failing", WEIR_SETTING_STRING, "open", 0, 0, APP,
      "The same while nothing can be stored, as when the disk is full.",
      "open|blank|cut" },
  { "gate", "fail_after_ms", WEIR_SETTING_INT, "5000", 0, 600000, APP,
      "What on_analysis_lost, on_unattended and on_store_failing say happens "
      "when "
      "that has lasted so long. Less than delay_ms, and nothing unseen gets "
      "out." },
  { "gate", "on_window_full", WEIR_SETTING_STRING, "cut", 0, 0, APP,
      "When a stream reaches max_window_bytes: cut disconnects the publisher, "
      "with words, and bars nobody; blank keeps no more of it than fits and "
      "shows "
      "the slate for the rest; open sends the oldest of it before it is due.",
      "open|blank|cut" },
  { "gate", "cut_slate_ms", WEIR_SETTING_INT, "0", 0, 600000, APP,
      "How long viewers go on seeing the slate after a cut before the stream "
      "is "
      "closed downstream. 0: closed at once. Needs a slate." },

  { "gate", "shutdown_timeout_ms", WEIR_SETTING_INT, "-1", -1, 600000,
      WEIR_SETTING_RELOAD,
      "How long the windows may play out after SIGTERM or SIGINT, while "
      "publishers are gone and nobody new is let in. What has not gone out by "
      "then is lost. -1: the longest delay in use and 10 s more. A second "
      "signal ends at once." },
  { "limits", "max_bitrate_kbps", WEIR_SETTING_INT, "50000", 0, 10000000, APP,
      "Most that one publisher may send; 0: any. All that arrives is counted, "
      "into a bucket that holds ten seconds of it: ten seconds' worth at once "
      "is normal, as after a stall, but in any N seconds no more than N + 10 "
      "seconds' worth. Who crosses it is disconnected; what was taken in goes "
      "out." },
  { "limits", "max_long_side", WEIR_SETTING_INT, "3840", 0, 32768, APP,
      "Longer side of a picture in pixels, upright or not; 0: any. It is read "
      "from what the encoder says before anything is decoded: a few bytes can "
      "ask a decoder for gigabytes." },
  { "limits", "max_short_side", WEIR_SETTING_INT, "2160", 0, 32768, APP,
      "Shorter side of a picture in pixels; 0: any." },
  { "limits", "max_frame_rate", WEIR_SETTING_INT, "120", 0, 1000, APP,
      "Pictures a second, as announced and as counted on arrival; 0: any. "
      "Counted as max_bitrate_kbps is: ten seconds' worth may come at once." },
  { "limits", "max_config_changes", WEIR_SETTING_INT, "20", 0, 6000, APP,
      "Times a minute that the codec configuration may change; 0: any. Each "
      "change costs a new decoder here and in every player." },

  { "limits", "admit_below_load_percent", WEIR_SETTING_INT, "90", 0, 100,
      WEIR_SETTING_RELOAD,
      "New publishers are refused while the gateway's one loop is busy for "
      "this "
      "share of its time, so that those who are there are not late; 0: "
      "never." },

  { "sampling", "mode", WEIR_SETTING_STRING, "keyframes", 0, 0, APP,
      "What is looked at: keyframes; fps, so many pictures a second as fps "
      "says, "
      "which decodes everything where key frames come more rarely; all "
      "pictures; or off. Decoding everything costs about ten times what key "
      "frames do.",
      "keyframes|fps|all|off" },
  { "sampling", "fps", WEIR_SETTING_INT, "1", 1, 60, APP,
      "Pictures a second with mode = fps." },
  { "sampling", "longest_gap_ms", WEIR_SETTING_INT, "2000", 0, 60000, APP,
      "Where key frames come more rarely than this and a quarter of it, "
      "everything is decoded and a picture in so long looked at, unless the "
      "CPU "
      "budget does not allow it. 0: key frames are enough, however rare." },
  { "sampling", "min_gap_ms", WEIR_SETTING_INT, "0", 0, 60000, APP,
      "At most one sample in so many milliseconds of stream time. 0: every key "
      "frame. More saves CPU and widens what a short clip can slip through." },
  { "sampling", "alert_gap_ms", WEIR_SETTING_INT, "0", 0, 60000, APP,
      "The same for a stream of which much speaks for looking closer (a new "
      "publisher, earlier verdicts, pictures near listed ones, the same "
      "picture "
      "on several streams). Between the two the rate follows the risk. Matters "
      "only where min_gap_ms leaves key frames out." },
  { "sampling", "floor_gap_ms", WEIR_SETTING_INT, "6000", 0, 600000, APP,
      "However calm a stream and however busy the machine: one sample in so "
      "long, if key frames allow it. Keep it below delay_ms, so that "
      "everything "
      "is looked at before it goes out." },
  { "sampling", "probes", WEIR_SETTING_STRING, "standard", 0, 0, APP,
      "Which edits of a picture are undone and looked up beside it: plain, "
      "none; "
      "standard: mirror image, borders, crops to 10 %, turns by 2 degrees; "
      "thorough: crops to 20 %, of one axis, turns by 4 degrees, bars, all of "
      "it mirrored too. Each look-up takes as long as the picture's own: "
      "standard makes it 10 to 14 of them, thorough 31 to 44.",
      "plain|standard|thorough" },
  { "sampling", "alert_probes", WEIR_SETTING_STRING, "thorough", 0, 0, APP,
      "The same for a stream of which much speaks for looking closer. One that "
      "the CPU budget lowers is looked up plain.",
      "plain|standard|thorough" },
  { "sampling", "risk_half_life_ms", WEIR_SETTING_INT, "300000", 1000, 86400000,
      APP,
      "What speaks against a stream weighs half as much after so long; an "
      "earlier verdict lasts 24 times as long." },

  { "sampling", "thumbnail_gap_ms", WEIR_SETTING_INT, "5000", 0, 600000, APP,
      "A small picture of each stream for the console, from a sample that is "
      "taken anyway, at most so often; 0: none. Each costs a millisecond." },

  { "analysis", "workers", WEIR_SETTING_INT, "0", 0, 256, 0,
      "Analyzer processes. 0: one per core. One more is kept warm as a "
      "spare." },
  { "analysis", "cpu_percent", WEIR_SETTING_INT, "80", 1, 100,
      WEIR_SETTING_RELOAD,
      "Share of the cores it may use that looking at pictures may cost. When "
      "all that is asked for costs more, the calmest streams are looked at "
      "less "
      "often, down to floor_gap_ms. Leave room for relaying: about a third of "
      "a "
      "percent of a core for each stream." },
  { "analysis", "hang_timeout_ms", WEIR_SETTING_INT, "2000", 100, 60000, 0,
      "An analyzer that has not answered for so long is replaced. The picture "
      "it had is skipped, the rest of its work goes to the spare." },
  { "analysis", "queue_units", WEIR_SETTING_INT, "64", 1, 4096, 0,
      "Pictures that may wait for one analyzer. The oldest of the stream that "
      "has most of them gives way and is counted as skipped." },

  { "analysis", "retire_cpu_s", WEIR_SETTING_INT, "21600", 10, 1000000, 0,
      "An analyzer that has used so much CPU time is replaced between two "
      "pictures, so that nothing adds up in it; at twice as much it is "
      "killed." },
  { "analysis", "max_memory_mb", WEIR_SETTING_INT, "1024", 128, 65536, 0,
      "Memory that one analyzer may use, the hashes of the banks not counted. "
      "One that needs more ends and is replaced. A decoder takes about 20 MiB "
      "at 720p and 150 MiB at 2160p; a process keeps up to eight." },
  { "analysis", "max_long_side", WEIR_SETTING_INT, "8192", 16, 8192, 0,
      "Longer side of pictures that are looked at, in pixels; larger ones are "
      "relayed only, where limits lets them in. It is read before anything is "
      "decoded." },
  { "analysis", "max_short_side", WEIR_SETTING_INT, "4320", 16, 8192, 0,
      "Shorter side of pictures that are looked at, in pixels." },

  { "review", "case_gap_ms", WEIR_SETTING_INT, "30000", 0, 600000, APP,
      "Hits of a stream closer together than this belong to one case." },
  { "review", "max_open_cases", WEIR_SETTING_INT, "10000", 1, 1000000, 0,
      "Open cases in all. Further findings are logged and counted only." },

  { "store", "path", WEIR_SETTING_STRING, "weir.db", 0, 0, 0,
      "SQLite file of keys, bars, cases and trail; relative to the "
      "configuration file, or under systemd to the unit's state directory." },
  { "store", "index_path", WEIR_SETTING_STRING, "weir.index", 0, 0, 0,
      "File that keeps the built index of the banks' files, so that the next "
      "start need not build it: about 90 bytes an entry, nothing for fewer "
      "than 100000; relative as path is. It is written anew when a reload "
      "brings other entries, and compared with the files at each start, so it "
      "may be deleted at any time. Empty: not kept." },
  { "store", "keep_signatures_hours", WEIR_SETTING_INT, "24", 0, 8760,
      WEIR_SETTING_RELOAD,
      "How long the signature of every sampled picture is kept, matched or "
      "not; "
      "0: not at all. It tells whether what is listed today was shown "
      "yesterday." },
  { "store", "keep_signatures", WEIR_SETTING_INT, "1000000", 0, 1000000000,
      WEIR_SETTING_RELOAD,
      "Most signatures kept; about 150 bytes each. 100 streams sampled every "
      "2 s make 4.3 million a day." },
  { "store", "keep_hits_hours", WEIR_SETTING_INT, "720", 0, 87600,
      WEIR_SETTING_RELOAD,
      "How long it is kept what pictures matched, for \"weirctl policy test\"; "
      "0: not at all. Cases are kept apart from it." },
  { "store", "keep_hits", WEIR_SETTING_INT, "1000000", 0, 1000000000,
      WEIR_SETTING_RELOAD, "Most hits kept; about 300 bytes each." },
  { "store", "bank_entries", WEIR_SETTING_INT, "100000", 0, 1000000, 0,
      "Entries, of all banks together, that imports may bring the store to "
      "(weirctl bank import). Each takes about 1 KiB of memory for good. "
      "Larger "
      "lists belong into a bank's file." },
  { "store", "queue", WEIR_SETTING_INT, "1024", 16, 65536, 0,
      "Transactions that may wait for the disk. Beyond it, permissive commands "
      "are refused and restrictive ones answered not_durable." },

  { "egress", "url", WEIR_SETTING_STRING, NULL, 0, 0,
      WEIR_SETTING_NAMED | WEIR_SETTING_RELOAD,
      "Where streams go: rtmp://HOST[:PORT]/{app}/{name}, or rtmps:// for TLS "
      "(port 443 if none is given); or srt://HOST:PORT?streamid=…, with "
      "&passphrase=…, &pbkeylen=16|24|32 and &latency=MS (120) if need be. "
      "{app} and {name} are the stream's." },
  { "egress", "app", WEIR_SETTING_STRING, "", 0, 0,
      WEIR_SETTING_NAMED | WEIR_SETTING_RELOAD,
      "Only streams of this application. Empty: all." },
  { "egress", "ca_file", WEIR_SETTING_STRING, "", 0, 0,
      WEIR_SETTING_NAMED | WEIR_SETTING_RELOAD,
      "For rtmps://: PEM file of the roots to trust, relative to the "
      "configuration file. Empty: those that the system trusts." },
  { "egress", "verify", WEIR_SETTING_BOOL, "true", 0, 0,
      WEIR_SETTING_NAMED | WEIR_SETTING_RELOAD,
      "For rtmps://: the server's certificate must be valid for its host. "
      "Without it anybody on the way can read and change the stream." },
  { "egress", "enhanced", WEIR_SETTING_STRING, "auto", 0, 0,
      WEIR_SETTING_NAMED | WEIR_SETTING_RELOAD,
      "Enhanced RTMP, which HEVC, AV1, VP9, Opus and AC-3 need. auto: what the "
      "server announces. yes: everything, for servers that take it and say "
      "nothing; one that does not may break. no: nothing, and it is not "
      "offered. A stream that can't be sent is refused, not cut down.",
      "auto|yes|no" },
  { "egress", "ping", WEIR_SETTING_BOOL, "true", 0, 0,
      WEIR_SETTING_NAMED | WEIR_SETTING_RELOAD,
      "Asks the server twice a second whether it is there, so that one that "
      "hangs is noticed within 3 s and not when its buffers are full. A server "
      "that never answers is not held to it; false for one that objects." },

  { "publisher", "app", WEIR_SETTING_STRING, "", 0, 0,
      WEIR_SETTING_NAMED | WEIR_SETTING_RELOAD,
      "Only in this application. Empty: in all whose publishers are in the key "
      "table." },
  { "publisher", "srt_passphrase", WEIR_SETTING_STRING, NULL, 0, 0,
      WEIR_SETTING_NAMED | WEIR_SETTING_RELOAD,
      "What this publisher encrypts with over SRT, instead of [srt] "
      "passphrase. "
      "NAME is the publisher's, as u= in the stream id and the key say it; "
      "without one, the stream's." },

  { "hook", "url", WEIR_SETTING_STRING, NULL, 0, 0,
      WEIR_SETTING_NAMED | WEIR_SETTING_RELOAD,
      "Who is asked: http:// or https://. It gets a POST in the form of "
      "nginx-rtmp's on_publish: 2xx lets in, 3xx with a name as Location lets "
      "in under that name, 4xx refuses. The publisher's secrets are sent: use "
      "https beyond a network of your own." },
  { "hook", "event", WEIR_SETTING_STRING, "publish", 0, 0,
      WEIR_SETTING_NAMED | WEIR_SETTING_RELOAD,
      "What it is asked about: publish, where rtmp auth = hook or both.",
      "publish" },
  { "hook", "app", WEIR_SETTING_STRING, "", 0, 0,
      WEIR_SETTING_NAMED | WEIR_SETTING_RELOAD,
      "Only publishers of this application. Empty: all. The first hook of the "
      "file that is for an application is asked." },
  { "hook", "timeout_ms", WEIR_SETTING_INT, "3000", 100, 30000,
      WEIR_SETTING_NAMED | WEIR_SETTING_RELOAD,
      "Longest wait for its answer. Publishers wait as long; keep it below "
      "rtmp publish_timeout_ms." },
  { "hook", "on_error", WEIR_SETTING_STRING, "refuse", 0, 0,
      WEIR_SETTING_NAMED | WEIR_SETTING_RELOAD,
      "When it doesn't answer in time, or with 5xx: refuse (publishers are "
      "told to try again) or allow (whoever asks is let in meanwhile, under "
      "the name that was sent: not for publishers who send a bare secret for "
      "the hook to rename).",
      "refuse|allow" },

  { "bank", "file", WEIR_SETTING_STRING, "", 0, 0, RELOADED,
      "Hash list: CSV with a column hash, one hash a line, or what tx and vPDQ "
      "write; relative to the configuration file. Empty: only what is put in "
      "while the gateway runs (weirctl bank)." },
  { "bank", "enabled", WEIR_SETTING_BOOL, "true", 0, 0, RELOADED,
      "Whether its entries are looked for." },
  { "bank", "known_good", WEIR_SETTING_BOOL, "false", 0, 0, RELOADED,
      "A picture near one of its entries is not flagged, whatever other banks "
      "say: for slates, test cards and what was listed by mistake." },
  { "bank", "source", WEIR_SETTING_STRING, "", 0, 0, RELOADED,
      "Where its entries come from, for people." },
  { "bank", "radius", WEIR_SETTING_INT, "31", 0, 63, RELOADED,
      "Greatest distance that is a match. Above 31 unrelated pictures begin "
      "to match when there are many." },
  { "bank", "min_quality", WEIR_SETTING_INT, "50", 0, 100, RELOADED,
      "Pictures and entries of lower quality are not matched: flat pictures "
      "resemble each other." },
  { "bank", "action", WEIR_SETTING_STRING, "case", 0, 0, RELOADED,
      "What a match does where no [policy] speaks for the bank: note (written "
      "to the trail), case (reviewers decide), hold (withheld until they do) "
      "or cut (ended and barred at once; keep it for what needs no judgement).",
      "note|case|hold|cut" },
  { "bank", "priority", WEIR_SETTING_INT, "50", 0, 100, RELOADED,
      "Its place in the reviewers' list where no [policy] speaks for the bank; "
      "100 is the most urgent." },
  { "bank", "flood_streams", WEIR_SETTING_INT, "20", 0, 200, RELOADED,
      "An entry that fires on so many streams, of at least half as many "
      "publishers, within flood_window_s floods: operations are told. If "
      "people said meanwhile that it means nothing (flood_released) it is "
      "quarantined: it opens no more cases until somebody gives it back. "
      "0: never. Banks whose matches may be withheld (hold or cut) are only "
      "told of." },
  { "bank", "flood_released", WEIR_SETTING_INT, "3", 1, 20, RELOADED,
      "Of so many publishers people must have released cases about the entry "
      "within flood_window_s, and cut none. More asks reviewers longer; fewer "
      "lets a few of their mistakes hide an attack." },
  { "bank", "flood_window_s", WEIR_SETTING_INT, "600", 10, 86400, RELOADED,
      "What is longer ago does not count." },
  { "bank", "flood_rest_s", WEIR_SETTING_INT, "86400", 0, 31536000, RELOADED,
      "An entry that somebody gave back is not quarantined by counting for so "
      "long." },

  { "scorer", "model", WEIR_SETTING_STRING, "", 0, 0, RELOADED,
      "ONNX file of an image classifier, relative to the configuration file; "
      "input 1 x 3 x height x width. Every sampled picture is scored by it, "
      "which costs CPU. After a reload "
      "with another file analyzers are replaced one after the other." },
  { "scorer", "enabled", WEIR_SETTING_BOOL, "true", 0, 0, RELOADED,
      "Whether pictures are scored by it." },
  { "scorer", "width", WEIR_SETTING_INT, "224", 8, 1024, RELOADED,
      "Of the model's input; the whole picture is scaled to it." },
  { "scorer", "height", WEIR_SETTING_INT, "224", 8, 1024, RELOADED,
      "The same." },
  { "scorer", "order", WEIR_SETTING_STRING, "rgb", 0, 0, RELOADED,
      "Order of the channels of the model's input.", "rgb|bgr" },
  { "scorer", "mean", WEIR_SETTING_STRING, "0 0 0", 0, 0, RELOADED,
      "Is subtracted from the values, 0 to 255, channel by channel." },
  { "scorer", "scale", WEIR_SETTING_STRING, "0.00392156862745098", 0, 0,
      RELOADED,
      "Multiplies what is left. The default makes 0 to 1 of 0 to 255." },
  { "scorer", "output", WEIR_SETTING_INT, "0", 0, 65535, RELOADED,
      "Which value of the model's output is the score, from 0." },
  { "scorer", "softmax", WEIR_SETTING_BOOL, "false", 0, 0, RELOADED,
      "The output is turned into shares of 1 before, for models that end "
      "without a softmax. What is beyond 0 or 1 counts as 0 or 1." },
  { "scorer", "threshold", WEIR_SETTING_STRING, "0.8", 0, 0, RELOADED,
      "Score from which on a picture is a hit, 0.001 to 1. Lower finds more "
      "and "
      "errs more; begin with action = note and look at what it finds." },
  { "scorer", "action", WEIR_SETTING_STRING, "case", 0, 0, RELOADED,
      "What a hit does: note (written to the trail), case (reviewers decide), "
      "hold (withheld until they do) or cut (ended and barred at once; a "
      "classifier errs, so better not).",
      "note|case|hold|cut" },
  { "scorer", "priority", WEIR_SETTING_INT, "50", 0, 100, RELOADED,
      "Its place in the reviewers' list; 100 is the most urgent." },

  { "policy", "bank", WEIR_SETTING_STRING, "", 0, 0, RELOADED,
      "Bank whose matches it is about. Empty: all. Of the policies that fit a "
      "match only the most particular speak: those that name bank and app, "
      "then bank, then app, then none. Where several do, the strictest that is "
      "satisfied counts, then the most urgent, then the first." },
  { "policy", "scorer", WEIR_SETTING_STRING, "", 0, 0, RELOADED,
      "Scorer whose scores it is about, in place of a bank. Empty: it is about "
      "banks." },
  { "policy", "app", WEIR_SETTING_STRING, "", 0, 0, RELOADED,
      "Only for streams of this application. Empty: all." },
  { "policy", "radius", WEIR_SETTING_INT, "-1", -1, 63, RELOADED,
      "Greatest distance that counts. -1: the bank's." },
  { "policy", "threshold", WEIR_SETTING_STRING, "", 0, 0, RELOADED,
      "Of a scorer: score from which on a picture counts, 0.001 to 1. Empty: "
      "the scorer's." },
  { "policy", "min_quality", WEIR_SETTING_INT, "-1", -1, 100, RELOADED,
      "Pictures of lower quality do not count. -1: the bank's." },
  { "policy", "hits", WEIR_SETTING_INT, "1", 1, 60, RELOADED,
      "Pictures that must match, or be scored so, before it does anything. One "
      "is the fastest; "
      "two or three spare reviewers chance matches and cost as many "
      "samples' time." },
  { "policy", "of", WEIR_SETTING_INT, "0", 0, 60, RELOADED,
      "They must be among the newest so many pictures looked at. 0: 60." },
  { "policy", "within_ms", WEIR_SETTING_INT, "0", 0, 600000, RELOADED,
      "They must be within so long of each other, in stream time. 0: any." },
  { "policy", "action", WEIR_SETTING_STRING, "case", 0, 0, RELOADED,
      "note (written to the trail), case (reviewers decide), hold (withheld "
      "from the flagged picture on until they do) or cut (ended and barred at "
      "once; a case is kept for appeals).",
      "note|case|hold|cut" },
  { "policy", "priority", WEIR_SETTING_INT, "50", 0, 100, RELOADED,
      "Its cases' place in the reviewers' list; 100 is the most urgent." },
  { "policy", "timeout_ms", WEIR_SETTING_INT, "0", 0, 86400000, RELOADED,
      "When on_timeout happens to a case that nobody has decided, counted from "
      "its opening. 0: just before its span becomes public." },
  { "policy", "on_timeout", WEIR_SETTING_STRING, "keep", 0, 0, RELOADED,
      "keep (it waits, and what is not held passes when it is due), release, "
      "hold or cut. release lets withheld content pass because nobody was "
      "there; cut ends streams because nobody was.",
      "keep|release|hold|cut" },

  { NULL },
};

const char *const weir_settings_sections[] = { "rtmp", "rtmps", "srt", "http",
  "gate", "limits", "sampling", "analysis", "review", "store", NULL };

const char *const weir_settings_named_sections[] = { "app", "egress", "bank",
  "scorer", "policy", "hook", "reason", "publisher", NULL };
