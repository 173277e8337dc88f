"""What each command and each page needs. One that does not stand here fails the tests."""

from collections.abc import Mapping

from bot.permissions import Action

OPEN = "open"  # shows and changes nothing about any person, or only to that person
SIGNED_IN = "signed in"  # of the member's own account, whatever their role
BEGUN = "begun"  # the same, for who has given the password and not yet all the rest: what they finish with

DOORS: Mapping[str, Action | str] = {
    "up": OPEN, "serve": OPEN, "train": OPEN, "chat": OPEN, "parse": OPEN, "check": OPEN, "translations": OPEN, "directory": OPEN,
    "tickets list": Action.TICKET_LIST, "tickets show": Action.TICKET_READ, "tickets claim": Action.TICKET_CLAIM,
    "tickets reply": Action.TICKET_REPLY, "tickets file": Action.FILE_OPEN, "tickets close": Action.TICKET_CLOSE,
    "referrals list": Action.REFERRAL_LIST, "referrals show": Action.REFERRAL_READ, "referrals set": Action.REFERRAL_ANSWER,
    "referrals revoke": Action.REFERRAL_REVOKE,
    "desk": Action.REFERRAL_CREATE,
    "cases list": Action.CASE_READ, "cases show": Action.CASE_READ, "cases advance": Action.CASE_ADVANCE,
    "cases document": Action.CASE_ADVANCE, "cases file": Action.CASE_READ,
    "staff list": Action.STAFF_LIST, "staff add": Action.STAFF_MANAGE, "staff revoke": Action.STAFF_MANAGE,
    "staff invite": Action.STAFF_MANAGE, "staff reset": Action.STAFF_MANAGE,
    "person export": Action.PERSON_EXPORT, "person erase": Action.PERSON_ERASE, "person verify": OPEN,
    "person find": Action.ARCO_ANSWER, "person name": Action.ARCO_ANSWER, "person file": Action.ARCO_ANSWER,
    "person correct": Action.PERSON_CORRECT, "person quiet": Action.PERSON_CORRECT,  # these five of officials who learn
    "arco list": Action.ARCO_LIST, "arco show": Action.ARCO_LIST, "arco extend": Action.ARCO_ANSWER, "arco grant": Action.ARCO_ANSWER,
    "arco deny": Action.ARCO_ANSWER, "arco done": Action.ARCO_ANSWER,
    "holds place": Action.HOLD_PLACE, "holds lift": Action.HOLD_PLACE, "holds list": Action.HOLD_PLACE,
    "audit verify": Action.AUDIT_VERIFY, "audit show": Action.AUDIT_READ,
    "links make": Action.REFERRAL_SHARE, "links list": Action.REFERRAL_SHARE, "links revoke": Action.REFERRAL_SHARE,
    "links paper": Action.REFERRAL_SHARE,
    "/caso/{token}": OPEN,  # what stands in the link is the permission: for one case, one institution and some days
    "/invitacion/{token}": OPEN,  # so is this one: for one account, until it has a password and a second factor
    "/paginas": OPEN,  # how they look
    "/constancia/{token}": OPEN, "/constancia/{token}/pdf": OPEN, "/constancia/{token}/jwt": OPEN,  # the holder's link is the permission
    "/insignia": OPEN, "/insignia/{number}": OPEN,  # what a certificate says, and never whose it is
    "/insignias/claves.json": OPEN, "/insignias/claves/{name}": OPEN, "/insignias/emisor.json": OPEN, "/insignias/revocadas.json": OPEN,
    "/insignias/pagina": OPEN, "/verificar": OPEN, "/verificar/verificar.html": OPEN,  # a file is verified in the browser
    "badge verify": OPEN, "badge keys": OPEN, "badge page": OPEN,  # what is public anyway
    "badge revoke": Action.CERTIFICATE_REVOKE, "badge renew": Action.KEYS_ROTATE, "badge leaked": Action.KEYS_ROTATE,
    "keys rotate": Action.KEYS_ROTATE, "keys check": Action.KEYS_ROTATE, "retention": Action.RETENTION_RUN,
    "backup": Action.BACKUP_MAKE, "restore": Action.BACKUP_MAKE,
    "/": OPEN, "/mensaje": OPEN,  # the chat on this machine: whoever has the cookie has that chat and no other
    "/oficiales": OPEN, "/oficiales/mensaje": OPEN,  # the same, with the assistant in which officials learn
    "/static": OPEN, "/health": OPEN, "/healthz": OPEN, "/metrics": OPEN,  # counts and durations
    "/telegram": OPEN, "/telegram/officials": OPEN,  # Telegram alone knows the secret of the header
    "review save": Action.REVIEW_WRITE,
    "report": Action.REPORT, "seed": OPEN,  # refuses a database with real people
    "officials invite": Action.OFFICIAL_INVITE, "officials list": Action.OFFICIAL_INVITE, "officials link": Action.OFFICIAL_INVITE,
    "officials withdraw": Action.OFFICIAL_INVITE, "learning report": Action.LEARNING_REACH, "learning offices": Action.LEARNING_REPORT,
    "learning assessment": Action.LEARNING_REPORT,
    "/consola/capacitacion": Action.LEARNING_REACH, "/consola/capacitacion/municipios.csv": Action.LEARNING_REACH,
    "/consola/capacitacion/autodiagnostico": Action.LEARNING_REPORT,
    "/consola/capacitacion/autodiagnostico/{assessment}/{municipality}": Action.LEARNING_REPORT,
    "/consola/capacitacion/autodiagnostico/{assessment}/{municipality}/hoja.pdf": Action.LEARNING_REPORT,
    "/consola/capacitacion/autodiagnostico/{assessment}/{municipality}/tabla.csv": Action.LEARNING_REPORT,
    "/consola/capacitacion/oficinas": Action.LEARNING_REPORT, "/consola/capacitacion/oficinas.csv": Action.LEARNING_REPORT,
    "/consola/capacitacion/lecciones.csv": Action.LEARNING_REPORT, "/consola/capacitacion/invitar": Action.OFFICIAL_INVITE,
    "/consola/capacitacion/invitar/lista": Action.OFFICIAL_INVITE, "/consola/capacitacion/invitaciones": Action.OFFICIAL_INVITE,
    "/consola/capacitacion/invitaciones.csv": Action.OFFICIAL_INVITE, "/consola/capacitacion/invitaciones/enlace": Action.OFFICIAL_INVITE,
    "/consola/capacitacion/invitaciones/quitar": Action.OFFICIAL_INVITE,
    "/consola": SIGNED_IN, "/consola/alta": BEGUN, "/consola/alta/dibujo.svg": BEGUN, "/consola/ayuda": SIGNED_IN,
    "/consola/bandeja": Action.TICKET_LIST, "/consola/casos": Action.REFERRAL_LIST, "/consola/casos/{folio}": Action.REFERRAL_READ,
    "/consola/casos/{folio}/anular": Action.REFERRAL_REVOKE, "/consola/casos/{folio}/enlace": Action.REFERRAL_SHARE,
    "/consola/casos/{folio}/etapa": Action.CASE_ADVANCE, "/consola/casos/{folio}/foto": Action.CASE_READ,
    "/consola/casos/{folio}/hoja": Action.REFERRAL_SHARE, "/consola/casos/{folio}/identidad": Action.IDENTITY_OPEN,
    "/consola/casos/{folio}/papel": Action.CASE_ADVANCE, "/consola/casos/{folio}/respuesta": Action.REFERRAL_ANSWER,
    "/consola/casos/{folio}/sin-enlaces": Action.REFERRAL_SHARE, "/consola/codigo": BEGUN, "/consola/conducta": BEGUN,
    "/consola/cuenta": SIGNED_IN, "/consola/cuenta/ausencia": SIGNED_IN, "/consola/cuenta/avisos": SIGNED_IN,
    "/consola/cuenta/codigos": SIGNED_IN, "/consola/cuenta/contrasena": SIGNED_IN, "/consola/cuenta/sesiones": SIGNED_IN,
    "/consola/cuenta/telefono": SIGNED_IN, "/consola/cuenta/telefono/confirmar": SIGNED_IN, "/consola/cuenta/telegram": SIGNED_IN,
    "/consola/cuenta/telegram/quitar": SIGNED_IN, "/consola/derechos": Action.ARCO_LIST, "/consola/derechos/borrar": Action.PERSON_ERASE,
    "/consola/derechos/copia": Action.PERSON_EXPORT, "/consola/derechos/ordenes": Action.HOLD_PLACE,
    "/consola/derechos/oficiales": Action.ARCO_ANSWER, "/consola/derechos/oficiales/buscar": Action.ARCO_ANSWER,
    "/consola/derechos/oficiales/{reference}": Action.ARCO_ANSWER, "/consola/derechos/oficiales/{reference}/nombre": Action.ARCO_ANSWER,
    "/consola/derechos/oficiales/{reference}/solicitud": Action.ARCO_ANSWER,
    "/consola/derechos/oficiales/{reference}/corregir": Action.PERSON_CORRECT,
    "/consola/derechos/oficiales/{reference}/recordatorios": Action.PERSON_CORRECT,
    "/consola/derechos/ordenes/levantar": Action.HOLD_PLACE, "/consola/derechos/ordenes/poner": Action.HOLD_PLACE,
    "/consola/derechos/que-se-borra": Action.PERSON_ERASE, "/consola/derechos/recibo": Action.ARCO_LIST,
    "/consola/derechos/{folio}": Action.ARCO_LIST, "/consola/derechos/{folio}/respuesta": Action.ARCO_ANSWER,
    "/consola/directorio": Action.DIRECTORY_READ, "/consola/directorio/{service}/cambiar": Action.DIRECTORY_EDIT,
    "/consola/directorio/{service}/guardar": Action.DIRECTORY_EDIT, "/consola/ejemplos": Action.EXAMPLE_DECIDE,
    "/consola/ejemplos/{example}/aceptar": Action.EXAMPLE_DECIDE, "/consola/ejemplos/{example}/descartar": Action.EXAMPLE_DECIDE,
    "/consola/entrar": OPEN, "/consola/equipo": Action.STAFF_LIST, "/consola/equipo/enlace": Action.STAFF_MANAGE,
    "/consola/equipo/invitar": Action.STAFF_MANAGE, "/consola/equipo/quitar": Action.STAFF_MANAGE,
    "/consola/equipo/reponer": Action.STAFF_MANAGE, "/consola/equipo/sesiones": Action.STAFF_MANAGE, "/consola/estilo": OPEN,
    "/consola/exportar": Action.TICKET_EXPORT, "/consola/exportar/hacer": Action.TICKET_EXPORT,
    "/consola/exportar/{token}": Action.TICKET_EXPORT, "/consola/peticiones/{ticket}": Action.TICKET_READ,
    "/consola/peticiones/{ticket}/archivo/{file}": Action.FILE_OPEN,
    "/consola/peticiones/{ticket}/archivo/{file}/abrir": Action.FILE_OPEN, "/consola/peticiones/{ticket}/borrador": Action.TICKET_REPLY,
    "/consola/peticiones/{ticket}/caso": Action.REFERRAL_CREATE, "/consola/peticiones/{ticket}/caso/leer": Action.REFERRAL_CREATE,
    "/consola/peticiones/{ticket}/caso/mandar": Action.REFERRAL_CREATE, "/consola/peticiones/{ticket}/caso/pedir": Action.REFERRAL_CREATE,
    "/consola/peticiones/{ticket}/cerrar": Action.TICKET_CLOSE, "/consola/peticiones/{ticket}/nota": Action.TICKET_NOTE,
    "/consola/peticiones/{ticket}/ordenar": Action.TICKET_SORT, "/consola/peticiones/{ticket}/pasar": Action.TICKET_ASSIGN,
    "/consola/peticiones/{ticket}/posponer": Action.TICKET_SNOOZE,
    "/consola/peticiones/{ticket}/propuesta/{proposal}/aprobar": Action.TICKET_APPROVE,
    "/consola/peticiones/{ticket}/propuesta/{proposal}/devolver": Action.TICKET_APPROVE,
    "/consola/peticiones/{ticket}/reenviar/{message}": Action.TICKET_REPLY, "/consola/peticiones/{ticket}/responder": Action.TICKET_REPLY,
    "/consola/peticiones/{ticket}/soltar": Action.TICKET_CLAIM, "/consola/peticiones/{ticket}/tomar": Action.TICKET_CLAIM,
    "/consola/peticiones/{ticket}/traducir": Action.TICKET_READ, "/consola/peticiones/{ticket}/traducir/{message}": Action.TICKET_NOTE,
    "/consola/por-revisar": Action.TICKET_APPROVE, "/consola/registro": Action.AUDIT_READ,
    "/consola/registro/cadena": Action.AUDIT_VERIFY, "/consola/registro/verificar": Action.AUDIT_VERIFY,
    "/consola/revision": Action.REVIEW_READ, "/consola/revision/acuerdo": Action.REVIEW_READ,
    "/consola/revision/{message}": Action.REVIEW_READ, "/consola/revision/{message}/decidir": Action.REVIEW_SETTLE,
    "/consola/revision/{message}/opinar": Action.REVIEW_WRITE, "/consola/revision/{message}/prueba": Action.REVIEW_WRITE,
    "/consola/salir": BEGUN, "/consola/tablero": Action.REPORT, "/consola/tablero/{chart}.csv": Action.REPORT,
    "/consola/tablero/{chart}.svg": Action.REPORT, "/consola/vivo": Action.TICKET_LIST, "/consola/vivo/{ticket}": Action.TICKET_READ,
}  # fmt: skip
"""By the words of a command or the path of a page."""
