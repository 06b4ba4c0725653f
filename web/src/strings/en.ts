import type { Action } from "../lib/keys";
import type { ProblemCode } from "../lib/problem";

/** Every word that people read, in one place. A language is one more file with this shape. */

const list = (names: readonly string[]): string => {
  if (names.length <= 1) return names[0] ?? "";
  return `${names.slice(0, -1).join(", ")} and ${names.at(-1) ?? ""}`;
};

type ProblemText = { title: string; help: string };

const problems: Record<ProblemCode, ProblemText> = {
  FULL: { title: "This channel is full", help: "Try again when somebody has left." },
  LOCKED: {
    title: "This channel is locked",
    help: "A moderator lets nobody new in right now. Ask one of them, or try again later.",
  },
  FORBIDDEN: {
    title: "You may not join here",
    help: "The room's power levels, or the server's admin, do not allow it. Ask a moderator.",
  },
  BANNED: { title: "You are banned from this room", help: "A moderator of the room can lift it." },
  NOT_A_MEMBER: {
    title: "You are not in this room",
    help: "Join the room in your Matrix client, then open a new link.",
  },
  NOT_A_CHANNEL: {
    title: "This room has no voice channel",
    help: "A moderator makes one by typing “!voice enable” in the room.",
  },
  RATE_LIMITED: { title: "Too many tries", help: "A short pause, then it goes on by itself." },
  SFU_UNAVAILABLE: {
    title: "The call server does not answer",
    help: "It may be restarting. We keep trying.",
  },
  ENCRYPTED: {
    title: "A link cannot take part in this call",
    help: "This channel’s calls are encrypted from end to end, and a link has no Matrix device that keys could be sent to. Join by the channel’s widget in Element, with Element Call, or log in here. A moderator may let links in by “!voice settings encryption off”: then what this client sends is not encrypted from end to end.",
  },
  KEYS_REFUSED: {
    title: "The keys of this call cannot reach you here",
    help: "Calls here are encrypted from end to end. Your Matrix client did not let this widget send and receive keys, or this session has no keys. Try again and allow it, or join with Element Call.",
  },
  CANNOT_ENCRYPT: {
    title: "This browser cannot encrypt calls",
    help: "Calls here are encrypted from end to end. Use a current Chrome, Edge, Firefox or Safari, or join with Element Call.",
  },
  LINK_SPENT: {
    title: "This link does not work any more",
    help: "A link opens once, and only for a short time. Type “!voice join” in the room to get a new one.",
  },
  SESSION_ENDED: {
    title: "Your access has ended",
    help: "Type “!voice join” in the room to get a new link.",
  },
  UNREACHABLE: {
    title: "No connection to the server",
    help: "Check that you are online. We keep trying.",
  },
  NO_ANSWER: {
    title: "The voice bot does not answer",
    help: "Is it still in the room? A moderator can invite it again.",
  },
  UNEXPECTED: { title: "Something went wrong", help: "We keep trying." },
};

const actions: Record<Action, string> = {
  mute: "Mute or unmute",
  deafen: "Deafen or undeafen",
  camera: "Camera on or off",
  screen: "Share your screen, or stop",
  hand: "Raise or lower your hand",
  settings: "Open settings",
  leave: "Leave the channel",
  answer: "Accept an incoming call",
  decline: "Decline an incoming call",
  help: "Show keyboard shortcuts",
};

export const text = {
  app: "Voice",
  list,
  problems,
  actions,
  close: "Close",
  cancel: "Cancel",
  back: "Back",
  you: "you",
  tryAgain: "Try again",

  loading: "Loading…",
  opening: "Opening your link…",
  openingWidget: "Waiting for your Matrix client. It may ask you what this widget may do…",
  nowhere: {
    title: "Voice channels for Matrix",
    help: "Type “!voice join” in a room with a voice channel. The bot answers with a link that brings you here.",
  },
  room: {
    title: "A voice channel in Matrix",
    intro: "You get in from the Matrix room:",
    steps: [
      "Open the room in your Matrix client.",
      "Type the command below. The bot sends you a link that only you can use.",
      "Open the link. It works once, and for a few minutes.",
    ],
    command: "!voice join",
    copy: "Copy the command",
    copied: "Copied",
    open: "Open the room in Matrix",
    logIn: "Or log in here with your account",
  },

  channel: {
    people: "People in this channel",
    empty: "Nobody is here yet",
    emptyHelp: "Be the first. The room sees that you are waiting.",
    waiting: "You are the only one here",
    waitingHelp: "The room sees that you are here. People join with one click.",
    full: "Full",
    locked: "Locked",
    limit: (count: number, limit: number) => `${count} of ${limit}`,
    count: (count: number) => (count === 1 ? "1 person" : `${count} people`),
    inCall: (names: readonly string[], more: number) =>
      more > 0
        ? `${names.join(", ")} and ${more} more are here`
        : `${list(names)} ${names.length === 1 ? "is" : "are"} here`,
    join: "Join voice",
    joinHere: (name: string) => `Join ${name}`,
    joining: "Joining…",
    signedInAs: (name: string) => `You join as ${name}`,
    running: "Running for",
    show: "Show people",
    hide: "Hide people",
    navigation: "Channel",
    stage: "Call",
    microphoneHint: "Your browser asks for the microphone once you join.",
  },

  controls: {
    label: "Call controls",
    mute: "Mute",
    deafen: "Deafen",
    camera: "Camera",
    screen: "Share screen",
    hand: "Raise hand",
    settings: "Settings",
    leave: "Leave",
    history: "Past calls",
    help: "Keyboard shortcuts",
    more: "More",
    key: (key: string) => `Key: ${key}`,
    muteOn: "You are muted",
    muteOff: "Others hear you",
    pushHint: (key: string) => `Hold ${key} to talk`,
    pushTalking: "You are live",
    noMicrophone: "No microphone",
  },

  connection: {
    joining: "Connecting…",
    in: "Voice connected",
    reconnecting: "Reconnecting…",
    waiting: (seconds: number) =>
      seconds > 0 ? `Trying again in ${seconds} s` : "Trying again now…",
    lost: "Connection lost",
    now: "Try now",
    offline: "This device is offline",
    offlineShort: "Offline",
    offlineHelp: "The call goes on by itself as soon as there is a network.",
    details: "Connection details",
    quality: {
      good: "Good connection",
      fair: "Fair connection",
      poor: "Poor connection",
      lost: "Connection lost",
      unknown: "Connection not measured yet",
    },
  },

  ended: {
    removed: {
      title: "You were removed by a moderator",
      titleBy: (who: string) => `You were removed by ${who}`,
      help: "You are out of the call. You may still be in the room: look there, or ask a moderator.",
    },
    duplicate: {
      title: "You joined from somewhere else",
      help: "The same link or device is now in the call in another window. Only one can be.",
      action: "Take over here",
    },
    closed: {
      title: "The channel was closed",
      help: "It was switched off in the room, or the bot was removed from it.",
    },
  },

  media: {
    ask: "Waiting for your permission to use the microphone…",
    denied: "Your browser does not let this page use the microphone",
    deniedHelp: {
      chrome: "Click the icon at the left of the address, allow the microphone, then try again.",
      firefox:
        "Click the crossed-out microphone beside the address, remove the block, then try again.",
      safari:
        "Open Safari’s menu, Settings for This Website, set Microphone to Allow, then try again.",
      other: "Allow the microphone for this page in your browser’s settings, then try again.",
    },
    missing: "No microphone found",
    missingHelp: "Plug one in and try again. You hear the others all the same.",
    busy: "The microphone is in use by another program",
    busyHelp: "Close the other program, or choose another microphone in the settings.",
    lost: "Your microphone was unplugged",
    lostHelp: "Plug it in again, or choose another one in the settings.",
    cameraFailed: "The camera could not be switched on",
    screenFailed: "The screen could not be shared",
    suppressionFailed: "Noise suppression could not be loaded; your microphone works without it",
    talkingMuted: "You are talking, but you are muted",
    unmute: "Unmute",
    dead: "We hear nothing from your microphone",
    deadHelp: "It may be switched off at the device. Check it, or choose another one.",
    openSettings: "Open settings",
    mutedByModerator: "A moderator muted you",
    mayNotSpeak: "You may listen here, but not speak",
    deafenedByModerator: "A moderator deafened you",
    blockedSound: "Your browser holds the sound back",
    startSound: "Turn sound on",
  },

  participant: {
    muted: "muted",
    deafened: "deafened",
    heldMuted: "muted by a moderator",
    heldDeafened: "deafened by a moderator",
    speaking: "speaking",
    camera: "camera on",
    sharing: "sharing a screen",
    hand: "hand raised",
    connecting: "not connected here",
    mutedForMe: "muted for you",
    menu: (name: string) => `Options for ${name}`,
    volume: "Volume",
    volumeOf: (name: string) => `Volume of ${name}`,
    percent: (value: number) => `${Math.round(value * 100)} %`,
    muteForMe: "Mute for me",
    screenOf: (name: string) => `${name}’s screen`,
    pin: "Pin",
    pinned: (name: string) => `Pin ${name}`,
    fullScreen: "Full screen",
    moderate: "Moderate",
    mute: "Mute for everyone",
    unmute: "Allow to speak",
    deafen: "Deafen",
    undeafen: "Undeafen",
    move: "Move to another channel…",
    kick: "Remove from the call",
    kickTitle: (name: string) => `Remove ${name} from the call?`,
    kickHelp: "They are disconnected at once, and can join again unless the channel is locked.",
    kickDo: "Remove",
    moveTitle: (name: string) => `Move ${name}`,
    moveLabel: "Room ID of the other channel",
    moveHelp: "For example !abc:example.com. They must be a member there.",
    moveDo: "Move",
    moveWrong: "A room ID starts with “!”.",
    failed: (name: string, why: string) => `That did not work for ${name}: ${why}`,
  },

  seal: {
    call: {
      sealed: "Encrypted from end to end",
      partly: "Not all encrypted",
      open: "Not encrypted",
    },
    tile: { open: "Not encrypted", waiting: "Waiting for their key" },
  },

  network: {
    title: "Connection",
    loss: "Loss",
    roundTrip: "Round trip",
    jitter: "Jitter",
    bitrate: "Bitrate",
    percent: (value: number) => `${(value * 100).toFixed(1)} %`,
    ms: (value: number | null) => (value === null ? "–" : `${value} ms`),
    kbit: (bits: number) => `${Math.round(bits / 1000)} kbit/s`,
    person: "Person",
    none: "Figures come once somebody is in the call.",
    up: "You (sent)",
    unseen: {
      transport:
        "Element Call does not show you here: neither the bridge nor your homeserver says where its calls are (livekit_service_url).",
      refused:
        "Element Call does not show you here: your Matrix client or the room did not allow it (org.matrix.msc3401.call.member).",
      moved:
        "Element Call does not show you here: you were moved, and this widget may write only into its own room.",
    },
  },

  rings: {
    incoming: "Incoming call",
    calling: (who: string) => `${who} is calling`,
    accept: "Accept",
    decline: "Decline",
    missed: "Missed calls",
    from: (who: string) => `From ${who}`,
    missedCount: (count: number) => (count === 1 ? "1 missed call" : `${count} missed calls`),
    missedOne: (who: string) => `You missed a call from ${who}`,
  },

  history: {
    title: "Past calls",
    none: "No calls yet",
    noneHelp: "When a call has ended, it is listed here.",
    loading: "Loading past calls…",
    running: "still running",
    startedBy: (name: string) => `Started by ${name}`,
    people: (count: number) => (count === 1 ? "1 person" : `${count} people`),
    peak: (count: number) => `at most ${count} at once`,
  },

  settings: {
    title: "Settings",
    tabs: {
      voice: "Voice",
      video: "Video",
      sounds: "Sounds",
      keys: "Keys",
      look: "Look",
    },
    input: "Microphone",
    output: "Speaker",
    camera: "Camera",
    standard: "System default",
    unnamed: (index: number) => `Device ${index}`,
    outputUnsupported: "This browser always uses the system’s speaker.",
    level: "Microphone level",
    test: "Hear yourself",
    testHelp: "You hear your microphone as others would. Use headphones.",
    testSound: "Play a test sound",
    mode: "When others hear you",
    modes: {
      open: "Always",
      gate: "When I speak",
      push: "Push to talk",
    },
    modeHelp: {
      open: "Everything your microphone hears is sent while you are not muted.",
      gate: "Only what is louder than the mark is sent.",
      push: "Only while you hold the key, with this page in front.",
    },
    threshold: "Sensitivity",
    thresholdValue: (db: number) => `${db} decibels`,
    thresholdShown: (db: number) => `${db} dB`,
    gateOpen: "Sent",
    gateClosed: "Not sent",
    pushKey: "Key",
    release: "Release delay",
    ms: (value: number) => `${value} ms`,
    processing: "Sound processing",
    echo: "Echo cancellation",
    gain: "Automatic gain",
    noise: "Noise suppression",
    noises: { off: "Off", browser: "Browser", rnnoise: "Strong (RNNoise)" },
    cameraTest: "Show my camera",
    cameraStop: "Stop the preview",
    cameraPreview: "Preview of your camera",
    share: "Shared screen",
    shares: {
      text: "Text: sharp, 5 frames/s",
      "720p30": "720p, 30 frames/s",
      "1080p30": "1080p, 30 frames/s",
      "1080p60": "1080p, 60 frames/s",
    },
    shareSound: "Share its sound too",
    sounds: "Sounds for join, leave and mute",
    soundVolume: "Volume of sounds",
    ring: "Ring tone for incoming calls",
    ringVolume: "Volume of the ring tone",
    testRing: "Play the ring tone",
    stopRing: "Stop the ring tone",
    ringNotifications: "Notify me of incoming calls",
    ringNotificationsHelp: "When this page is not in front. Your browser asks you once.",
    ringNotificationsDenied:
      "Your browser does not let this page show notifications. Allow them beside the address.",
    announce: "Announcements for screen readers",
    announces: { all: "Everyone", own: "Only what concerns me", none: "Off" },
    shortcuts: "Keyboard shortcuts",
    shortcutsHelp: "Single keys, while this page is in front and you are not typing.",
    press: "Press a key…",
    none: "None",
    change: (what: string) => `Change the key: ${what}`,
    clear: (what: string) => `No key: ${what}`,
    reset: "Reset all keys",
    taken: (what: string) => `That key was taken from: ${what}`,
    theme: "Colours",
    themes: { system: "Like the system", dark: "Dark", light: "Light" },
  },

  help: {
    title: "Keyboard shortcuts",
    off: "Shortcuts are switched off in the settings.",
    push: "Push to talk (hold)",
    none: "no key",
  },

  announce: {
    joined: (names: readonly string[]) => `${list(names)} joined.`,
    left: (names: readonly string[]) => `${list(names)} left.`,
    sharing: (name: string) => `${name} is sharing a screen.`,
    stoppedSharing: (name: string) => `${name} stopped sharing.`,
    hand: (name: string) => `${name} raised a hand.`,
    youJoined: (channel: string) => `You joined ${channel}.`,
    youLeft: "You left.",
    lost: "Connection lost. Trying again.",
    backAgain: "Connected again.",
    moved: (name: string) => `A moderator moved you to ${name}.`,
    notMoved: (name: string) =>
      `A moderator moves you to ${name}, but that did not work from here.`,
    notMovedKeys: (name: string) =>
      `A moderator moves you to ${name}. Its calls are encrypted from end to end: open that room and join there.`,
  },
} as const;
