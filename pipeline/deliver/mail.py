"""Mail: messages over SMTP, encrypted or not at all, within a bound of time.

A letter is made when it is sent, and comes out equal each time: its Message-ID is the key of its
parcel, by which a mailbox can tell that it had it before.
"""

from __future__ import annotations

import html
import re
import smtplib
import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.contact import mail_flaw
from pipeline.deliver.message import LaterError, RefusedError
from pipeline.errors import Terminated
from pipeline.secret import redacted
from pipeline.visible import in_one_line, writable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.deliver.message import Parcel
    from pipeline.settings import Channel, Mail

PLACE = "<!--files-->"
"""Where a page of a message has room for what is said of its files."""
_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_LONGEST_LINE = 200
_READY = 220
_BYTES_PER_MB = 1_000_000


def letter(parcel: Parcel, channel: Channel, mail: Mail, reports: Path) -> EmailMessage:
    """The mail for one recipient; equal parcels and files give equal mails but for boundaries.

    Args:
        parcel: what is told, and to whom.
        channel: how large a PDF may be, and where the folder of reports can be read.
        mail: who it is from.
        reports: the folder that the channel's link stands for.

    Raises:
        RefusedError: an address is none.
    """
    sender, message = mail.sender or "", parcel.message
    for address in (sender, parcel.recipient):
        if flaw := mail_flaw(address):
            raise RefusedError(flaw)
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"] = sender, parcel.recipient
    made["Subject"] = " ".join(in_one_line(message.subject).split())[:_LONGEST_LINE]
    made["Date"] = format_datetime(parcel.queued_at)
    made["Message-ID"] = f"<{parcel.key}@{sender.rpartition('@')[2]}>"
    made["Auto-Submitted"] = "auto-generated"
    said, attached = _files(parcel, channel, reports)
    made.set_content("\n".join([*message.lines, *(["", *said] if said else [])]) + "\n")
    if message.html:
        notes = "".join(f"<p>{html.escape(line)}</p>" for line in said)
        made.add_alternative(message.html.replace(PLACE, notes), subtype="html")
    for path, content in attached:
        made.add_attachment(
            content, maintype="application", subtype="pdf", filename=writable(path.name)
        )
    return made


def _files(
    parcel: Parcel, channel: Channel, reports: Path
) -> tuple[list[str], list[tuple[Path, bytes]]]:
    """What is said of the files, and those that go with the mail: a PDF that is not too large."""
    said, attached = [], []
    phrases = parcel.message.phrases
    for file in parcel.message.files:
        path, name = Path(file.path), writable(Path(file.path).name)
        content = file.content()
        if content is None:
            said.append(phrases.gone.format(name))
        elif path.suffix == ".pdf" and len(content) <= channel.attach_mb * _BYTES_PER_MB:
            attached.append((path, content))
            said.append(phrases.attached.format(name))
        elif channel.link:
            said.append(phrases.linked.format(file.link(channel.link, reports)))
        elif path.suffix == ".pdf" or not attached:
            said.append(phrases.kept.format(writable(file.path)))
    return said, attached


class Postman:
    """A conversation with the mail server, begun with the first letter."""

    def __init__(self, mail: Mail, ca_file: str | None) -> None:
        """Certificates are the system's, or those of ``ca_file``."""
        self._mail, self._ca_file = mail, ca_file
        self._server: _Server | None = None

    def send(self, letter: EmailMessage) -> None:
        """Give the server one letter.

        Raises:
            LaterError: the server cannot be had, or wants to be asked later.
            RefusedError: it will not take this letter.
        """
        server = self._server or self._begun()
        try:
            with server.within_time():
                server.send_message(letter)
        except smtplib.SMTPRecipientsRefused as error:
            raise self._meaning(*next(iter(error.recipients.values()))) from None
        except smtplib.SMTPResponseException as error:
            if error.smtp_code < 500:
                self.close()
            raise self._meaning(error.smtp_code, error.smtp_error) from None
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise self._lost(error) from None

    def close(self) -> None:
        """End the conversation, if there is one."""
        if self._server is not None:
            self._server.leave()
            self._server = None

    def _begun(self) -> _Server:
        mail = self._mail
        try:
            context = ssl.create_default_context(cafile=self._ca_file)
        except OSError:
            reason = f"http.ca_file: {self._ca_file} is no file of certificates"
            raise LaterError(reason) from None
        try:
            server = self._server = _Server(mail, context if mail.security == "tls" else None)
            with server.within_time():
                server.begin()
                if mail.security == "starttls":
                    server.starttls(context=context)  # raises where the server has none
                if mail.user is not None and mail.password is not None:
                    server.login(mail.user, mail.password.reveal())
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise self._lost(error) from None
        return server

    def _lost(self, error: Exception) -> LaterError:
        """What ended a conversation, without what could be secret in the error."""
        is_late = self._server is not None and self._server.is_cut
        self.close()
        mail = self._mail
        reason = "the conversation broke off"
        match error:
            case _ if is_late or isinstance(error, TimeoutError):
                reason = f"did not take it within {mail.timeout_seconds:g} s"
            case smtplib.SMTPAuthenticationError():
                code = error.smtp_code
                reason = f"refuses the login ({code}); check mail.user and mail.password"
            case smtplib.SMTPNotSupportedError() if mail.security == "starttls":
                reason = "does not offer what it must (STARTTLS, or a login); nothing was sent"
            case smtplib.SMTPResponseException():
                reason = str(self._meaning(error.smtp_code, error.smtp_error))
            case ssl.SSLCertVerificationError():
                reason = f"its certificate is not trusted ({error.verify_message})"
            case ssl.SSLError():
                reason = f"cannot speak TLS with us ({error.reason}); check mail.security and port"
            case socket.gaierror():
                reason = f"its name is not found ({error.strerror})"
            case OSError() if error.strerror:
                reason = f"cannot be reached ({error.strerror.lower()})"
        return LaterError(f"{mail.host}: {reason}")

    def _meaning(self, code: int, said: bytes | str) -> LaterError | RefusedError:
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        # Of a password that is cut nobody would know that it is one.
        text = redacted(text, filter(None, [self._mail.password]))
        shown = " ".join(in_one_line(text).split())[:_LONGEST_LINE]
        kind = RefusedError if code >= 500 else LaterError
        return kind(f"the server answers {code}: {shown}")


class _Server(smtplib.SMTP):
    """A connection that can be cut after a time, however slowly the server speaks.

    The timeout of smtplib is that of one read, which a server can draw out byte by byte.
    """

    def __init__(self, mail: Mail, context: ssl.SSLContext | None) -> None:
        super().__init__(timeout=mail.timeout_seconds, local_hostname=_own_name())
        self._mail, self._context = mail, context
        self._host = mail.host or ""  # the name that the certificate must have
        self._handle: socket.socket | None = None
        self.is_cut = False

    @contextmanager
    def within_time(self) -> Iterator[None]:
        """Cut the connection where what is done in it takes longer than the settings allow."""
        timer = threading.Timer(self._mail.timeout_seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        except (KeyboardInterrupt, Terminated):
            self._cut()  # who asks for the end does not wait for a goodbye
            raise
        finally:
            timer.cancel()

    def begin(self) -> None:
        """Connect.

        Raises:
            OSError, SMTPException: the server cannot be had.
        """
        code, said = self.connect(self._host, self._mail.port or _PORTS[self._mail.security])
        if code != _READY:
            raise smtplib.SMTPConnectError(code, said)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        found = socket.create_connection((host, port), timeout)
        # A second handle of the same connection: TLS takes the first one over.
        self._handle = found.dup()
        if self._context is None:
            return found
        return self._context.wrap_socket(found, server_hostname=host)

    def leave(self) -> None:
        """Say goodbye if the server still listens, and close."""
        with suppress(smtplib.SMTPException, OSError, ValueError), self.within_time():
            if not self.is_cut:
                self.quit()
        self.close()
        if self._handle is not None:
            self._handle.close()

    def _cut(self) -> None:
        self.is_cut = True
        if self._handle is not None:
            with suppress(OSError):
                self._handle.shutdown(socket.SHUT_RDWR)


def _own_name() -> str:
    """How we introduce ourselves; smtplib would ask a name server, which may take its time."""
    name = socket.gethostname()
    return name if re.fullmatch(r"[A-Za-z0-9.-]+", name) else "localhost"
