"""A small IMAP server: as much of RFC 3501 as a client needs that searches, fetches, marks and moves letters."""

import re
import socketserver
import threading
from dataclasses import dataclass, field


@dataclass
class Letter:
    uid: int
    raw: bytes
    is_seen: bool = False


@dataclass
class Server:
    """`folders` are what it keeps; `drop_before` names a command at which it hangs up once, as a network does."""

    user: str = "support"
    password: str = "s3cret"
    folders: dict[str, list[Letter]] = field(default_factory=lambda: {"INBOX": [], "Taken": []})
    commands: list[str] = field(default_factory=list)
    drop_before: str = ""
    refuses_uid: int = 0
    _uids: int = 0

    def deliver(self, raw: bytes) -> None:
        self._uids += 1
        self.folders["INBOX"].append(Letter(self._uids, raw))

    def letters(self, folder: str) -> list[bytes]:
        return [letter.raw for letter in self.folders[folder]]

    def start(self) -> int:
        mailboxes = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                _Conversation(mailboxes, self.rfile, self.wfile).talk()

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self._server.server_address[1]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Conversation:
    def __init__(self, server: Server, reader, writer) -> None:
        self.server, self.reader, self.writer = server, reader, writer
        self.folder: list[Letter] = []

    def talk(self) -> None:
        self.say(b"* OK ready")
        while line := self.reader.readline():
            tag, _space, rest = line.decode().strip().partition(" ")
            words = rest.split(" ")
            command = " ".join(words[:2]).upper() if words[0].upper() == "UID" else words[0].upper()
            if self.server.drop_before and command == self.server.drop_before:
                self.server.drop_before = ""
                return
            self.server.commands.append(command)
            answer = getattr(self, "do_" + command.lower().replace(" ", "_"), self.unknown)
            said = answer(rest) or b"OK done"
            self.say(tag.encode() + b" " + said)
            if command == "LOGOUT":
                return

    def say(self, line: bytes) -> None:
        self.writer.write(line + b"\r\n")

    def unknown(self, _rest: str) -> bytes:
        return b"BAD unknown command"

    def do_capability(self, _rest: str) -> None:
        self.say(b"* CAPABILITY IMAP4rev1")

    def do_login(self, rest: str) -> bytes | None:
        told = [word.strip('"') for word in rest.split(" ")[1:]]
        return None if told == [self.server.user, self.server.password] else b"NO wrong name or password"

    def do_select(self, rest: str) -> bytes | None:
        name = rest.split(" ")[1].strip('"')
        if name not in self.server.folders:
            return b"NO no such folder"
        self.folder = self.server.folders[name]
        self.say(b"* %d EXISTS" % len(self.folder))
        return b"OK [READ-WRITE] selected"

    def do_uid_search(self, rest: str) -> None:
        wanted = [each for each in self.folder if rest.split(" ")[-1] == "ALL" or not each.is_seen]
        self.say(b"* SEARCH " + b" ".join(b"%d" % each.uid for each in wanted))

    def do_uid_fetch(self, rest: str) -> bytes | None:
        letter = self.find(rest.split(" ")[2])
        if letter.uid == self.server.refuses_uid:
            return b"NO this one is broken"
        number = self.folder.index(letter) + 1
        if "RFC822.SIZE" in rest:
            self.say(b"* %d FETCH (UID %d RFC822.SIZE %d)" % (number, letter.uid, len(letter.raw)))
            return None
        cut = re.search(r"<0\.(\d+)>", rest)
        raw = letter.raw[: int(cut[1])] if cut else letter.raw
        self.say(b"* %d FETCH (UID %d BODY[] {%d}\r\n" % (number, letter.uid, len(raw)) + raw + b")")
        return None

    def do_uid_store(self, rest: str) -> None:
        letter = self.find(rest.split(" ")[2])
        letter.is_seen = letter.is_seen or "\\Seen" in rest
        if "\\Deleted" in rest:
            self.folder.remove(letter)

    def do_uid_copy(self, rest: str) -> None:
        _uid, _copy, number, folder = rest.split(" ")
        letter = self.find(number)
        self.server.folders[folder.strip('"')].append(Letter(letter.uid, letter.raw, letter.is_seen))

    def do_expunge(self, _rest: str) -> None: ...

    def do_close(self, _rest: str) -> None: ...

    def do_noop(self, _rest: str) -> None: ...

    def do_logout(self, _rest: str) -> None:
        self.say(b"* BYE")

    def find(self, uid: str) -> Letter:
        return next(each for each in self.folder if each.uid == int(uid))
