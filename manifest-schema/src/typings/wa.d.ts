/** What every handler gets as its second argument, whatever the manifest permits. */
export interface Always {
  readonly plugin: { readonly id: string; readonly version: string };
  readonly config: Config;
  readonly log: Record<"debug" | "info" | "warn" | "error", (message: string, fields?: Record<string, unknown>) => void>;
  /** Waits; up to an hour, and not longer than the call may take. Rejected where the service is stopped meanwhile. */
  sleep(ms: number): Promise<void>;
}

/** With `send` under `permissions.channel`. What is sent resolves when it is durable in the outbox. */
export interface Sending {
  sendText(message: Address & { text: string }): Promise<Sent>;
  sendText(to: string, text: string): Promise<Sent>;
  sendPoll(message: Address & { question: string; options: string[]; choices?: number }): Promise<Sent>;
  editMessage(message: Address & { message_id: string; text: string }): Promise<Sent>;
  revokeMessage(message: Address & { message_id: string }): Promise<Sent>;
  /** Marks what came in there as read. */
  sendSeen(chat: Account & { chat: string }): Promise<void>;
  sendSeen(chat: string): Promise<void>;
  /** open-wa's name of `revokeMessage`. */
  deleteMessage(message: Address & { message_id: string }): Promise<Sent>;
}

/** With `reply` under `permissions.channel`. */
export interface Replying {
  sendReply(message: Address & { reply_to: string; text: string }): Promise<Sent>;
  /** open-wa's name of the same. */
  reply(to: string, text: string, reply_to: string): Promise<Sent>;
}

/** With `react` under `permissions.channel`. */
export interface Reacting {
  sendReaction(message: Address & { message_id: string; emoji: string }): Promise<Sent>;
  /** open-wa's name of the same. */
  react(message_id: string, emoji: string, to: string): Promise<Sent>;
}

/** With `media` under `permissions.channel`. */
export interface SendingFiles {
  sendMedia(message: Address & FileToSend & { caption?: string }): Promise<Sent>;
  sendVoiceNote(message: Address & FileToSend): Promise<Sent>;
  /** A file that came in, up to 512 KiB of it. */
  readMedia(file: { local_path: string }): Promise<{ base64: string }>;
  /** Names of open-wa for the same. */
  sendImage(to: string, url: string, file_name?: string, caption?: string): Promise<Sent>;
  sendFile(to: string, base64: string, file_name?: string, caption?: string): Promise<Sent>;
  decryptMedia(media: { local_path: string }): Promise<string>;
}

/** With `contacts.read` under `permissions.channel`. */
export interface ReadingContacts {
  /** The account's own number, `null` where it has none. */
  getHostNumber(account?: Account): Promise<string | null>;
  getContact(contact: Account & { id: string }): Promise<Contact | null>;
  getContact(id: string): Promise<Contact | null>;
  getContacts(account?: Account): Promise<Contact[]>;
  /** The chats that messages came in on or went out to, the latest first. */
  getChats(account?: Account): Promise<Chat[]>;
  /** Names of open-wa for the same. */
  getAllContacts(account?: Account): Promise<Contact[]>;
  getAllChats(account?: Account): Promise<Chat[]>;
}

/** With `channels`: what somebody did on a channel of this plugin. */
export interface Receiving {
  /** Journalled and passed on like all messages. */
  receive(message: Receive): Promise<{ event_id: string; new: boolean }>;
}

/** With `permissions.storage`. */
export interface Storing {
  /** Values are anything that JSON can hold. */
  readonly storage: {
    get(key: string): Promise<unknown>;
    set(key: string, value: unknown): Promise<void>;
    delete(key: string): Promise<void>;
    list(options?: { prefix?: string; after?: string; limit?: number }): Promise<{ keys: string[]; more: boolean }>;
  };
  /** Files of the plugin's own, within the same quota. A path is relative; what is written takes the place of what was there. */
  readonly files: {
    /** `text`, or `base64` where the file is not UTF-8; up to 512 KiB. */
    read(path: string): Promise<{ text?: string; base64?: string }>;
    write(path: string, content: string | { base64: string }): Promise<void>;
    delete(path: string): Promise<boolean>;
    list(): Promise<{ path: string; bytes: number }[]>;
  };
}

/** With origins in `permissions.network`. */
export interface Fetching {
  /** Only of these origins. The host adds the headers of secrets that the manifest declares for one. */
  fetch(url: string, options?: FetchOptions): Promise<FetchResponse>;
}

/** With kinds in `permissions.capabilities`. */
export interface Asking {
  /** Asks whoever offers the kind. */
  capability<Kind extends keyof Asked>(kind: Kind, request: Asked[Kind]["request"], options?: { id?: string }): Promise<Asked[Kind]["response"]>;
}

/** With `use: [{ sign: … }]` of a secret. */
export interface Signing {
  /** A secret that the host signs with. */
  secret(secret: SecretHandle | string): Secret;
}

/** What the `agent` handler gets: it alone may call tools. */
export interface AgentContext extends Context {
  /** The tools that the agent may call, of any plugin. */
  readonly tools: {
    call<Name extends string>(
      name: Name,
      input: Name extends keyof Tools ? Tools[Name]["input"] : unknown,
    ): Promise<Name extends keyof Tools ? Tools[Name]["output"] : unknown>;
  };
}

/** An account; without one, that of the message that is being handled. */
export interface Account {
  channel?: string;
  instance?: string;
}

export interface Contact {
  id: string;
  name?: string;
}

export interface Chat {
  id: string;
  is_group: boolean;
  last: string;
}

/** What the handler of a capability gets. */
export interface Streaming<Chunk> extends Context {
  /** Sends a piece of the answer where the request says `stream`. Await it, so that whoever listens can keep up. */
  emit(chunk: Chunk): Promise<void>;
}

/** Where a message goes. Without a channel: where the message that is being handled came from. */
export interface Address {
  channel?: string;
  instance?: string;
  to: string;
}

/** What somebody did in a chat of a channel that this plugin provides. Ids are the service's; a repeat with the same one changes nothing. */
export type Receive = {
  channel?: string;
  chat: string;
  from: string;
  from_name?: string;
  id: string;
  is_group?: boolean;
  /** Milliseconds since 1970. */
  timestamp?: number;
} & (
  | { kind?: "text"; text: string; reply_to?: string }
  | { kind: "reaction"; target: string; emoji?: string }
  | { kind: "edit"; target: string; text: string }
  | { kind: "revoke"; target: string }
  | { kind: "vote"; target: string; options: string[] }
);

export interface Sent {
  id: string;
}

/** One of `base64`, `url` (within `permissions.network`) and `file_path` (the `local_path` of a file that came in). */
export interface FileToSend {
  base64?: string;
  url?: string;
  file_path?: string;
  mime?: string;
  file_name?: string;
}

/** Stands in the configuration in place of a secret that the code cannot read. */
export interface SecretHandle {
  readonly secret: string;
}

export interface Secret {
  readonly path: string;
  /** The algorithm may be left out where the manifest declares one. */
  sign(data: string | Uint8Array, algorithm?: "hmac-sha256" | "ed25519"): Promise<{ hex: string; base64: string }>;
}

export interface FetchOptions {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
  /** Only these secrets, by handle or path; where absent, all that are declared for the origin. */
  secrets?: (SecretHandle | string)[];
}

export interface FetchResponse {
  readonly status: number;
  readonly ok: boolean;
  readonly headers: Readonly<Record<string, string>>;
  text(): string;
  json(): any;
}

/** A message that has come in. */
export interface IncomingMessage {
  event_id: string;
  channel: string;
  instance: string;
  chat: string;
  from: string;
  from_name?: string;
  id: string;
  kind: "text" | "media";
  /** The text; of a file, what is said about it, or empty. */
  text: string;
  /** The file, which follows as `media.received`. */
  media?: { kind: "image" | "video" | "audio" | "voice" | "document" | "sticker"; mime: string; file_name?: string; bytes: number; transcribed?: true };
  /** The id of the message that this one answers. */
  reply_to?: string;
  timestamp: string;
  received_at: string;
  is_group: boolean;
}

/** An agent's turn: answer `message`. */
export interface Turn {
  agent: string;
  message: IncomingMessage;
}

export interface Request {
  method: string;
  path: string;
  query: Record<string, string>;
  headers: Record<string, string>;
  body?: string;
}

/** One of `json`, `text` and `html`; the status is 200 where none is given. */
export interface Response {
  status?: number;
  headers?: Record<string, string>;
  json?: unknown;
  text?: string;
  html?: string;
}

/** A long-running part: `start` runs as long as it, and ends by returning. */
export interface Service {
  start(input: Record<string, never>, wa: Context): Result<void>;
  /** Told before the end; the sleeps of `start` are cut short by then. */
  stop?(input: Record<string, never>, wa: Context): Result<void>;
  /** Asked from time to time; not `ok` three times in a row has the service started anew. */
  health?(input: Record<string, never>, wa: Context): Result<{ ok: boolean; message?: string }>;
}

/** A schedule is due. */
export interface Due {
  /** The id of this run: the same where it is repeated after a crash. */
  run_id: string;
  /** RFC 3339. */
  scheduled_at: string;
  /** How many times before this one nothing ran, because the host did not. */
  missed: number;
}

/** What a command prints, `json` or `text`, and its exit status: 0, 1 or 2. */
export interface CommandResult {
  text?: string;
  json?: unknown;
  status?: 0 | 1 | 2;
}

/** Stops what passes a gate. Made by `block`. */
export interface Block {
  readonly block: string;
}

type Result<T> = T | Promise<T>;
type Handlers<Name extends string, Key extends PropertyKey, Handler> = [Key] extends [never] ? { [K in Name]?: undefined } : { [K in Name]: Handler };

/** The handlers that the manifest declares: all of them, and no others. */
export type Plugin = Handlers<"tools", keyof Tools, { [N in keyof Tools]: (input: Tools[N]["input"], wa: Context) => Result<Tools[N]["output"]> }> &
  Handlers<"events", keyof Events, { [N in keyof Events]: (payload: Events[N], wa: Context) => Result<void> }> &
  Handlers<"hooks", keyof Hooks, { [N in keyof Hooks]: (payload: Hooks[N], wa: Context) => Result<Hooks[N] | Block | undefined | void> }> &
  Handlers<"routes", Routes, { [N in Routes]: (request: Request, wa: Context) => Result<Response> }> &
  Handlers<"capabilities", keyof Capabilities, { [N in keyof Capabilities]: (request: Capabilities[N]["request"], wa: Capabilities[N] extends { chunk: infer Chunk } ? Streaming<Chunk> : Context) => Result<Capabilities[N]["response"]> }> &
  Handlers<"services", Services, { [N in Services]: Service }> &
  Handlers<"schedules", Schedules, { [N in Schedules]: (due: Due, wa: Context) => Result<void> }> &
  Handlers<"commands", keyof Commands, { [N in keyof Commands]: (input: { args: Commands[N] }, wa: Context) => Result<CommandResult | string | void> }> &
  Handlers<"rpc", keyof Rpc, { [N in keyof Rpc]: (params: Rpc[N]["params"], wa: Context) => Result<Rpc[N]["result"]> }> &
  Handlers<"agent", HasAgent extends true ? "agent" : never, (turn: Turn, wa: AgentContext) => Result<{ text: string } | undefined | void>>;

/** The plugin, as the default export of its entry file. */
export function definePlugin(plugin: Plugin): Plugin;

/** For a gate's handler to return: stops the message, and says why. */
export function block(reason: string): Block;
