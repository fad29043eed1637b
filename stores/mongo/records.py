"""All repositories on one database."""

from __future__ import annotations

from contracts.records import Records
from stores.mongo.accounts import MongoAccounts
from stores.mongo.appointments import MongoAppointments
from stores.mongo.attachments import MongoAttachments
from stores.mongo.billing import MongoBilling
from stores.mongo.calls import MongoCalls
from stores.mongo.cases import MongoCases
from stores.mongo.connect import Database
from stores.mongo.customers import MongoCustomers
from stores.mongo.enrolments import MongoEnrolments
from stores.mongo.feedback import MongoFeedback
from stores.mongo.numbers import MongoNumbers
from stores.mongo.operators import MongoOperators
from stores.mongo.opt_outs import MongoOptOuts
from stores.mongo.orders import MongoOrders
from stores.mongo.outages import MongoOutages
from stores.mongo.outbox import MongoOutbox
from stores.mongo.renditions import MongoRenditions
from stores.mongo.tariffs import MongoTariffs
from stores.mongo.threads import MongoThreads
from stores.mongo.transcripts import MongoTranscripts
from stores.mongo.usage import MongoUsage


def open_records(database: Database) -> Records:
    """The repositories. They rely on the indexes of `stores.mongo.indexes`."""
    return Records(
        customers=MongoCustomers(database),
        accounts=MongoAccounts(database),
        billing=MongoBilling(database),
        usage=MongoUsage(database),
        tariffs=MongoTariffs(database),
        orders=MongoOrders(database),
        appointments=MongoAppointments(database),
        enrolments=MongoEnrolments(database),
        outages=MongoOutages(database),
        cases=MongoCases(database),
        calls=MongoCalls(database),
        transcripts=MongoTranscripts(database),
        threads=MongoThreads(database),
        outbox=MongoOutbox(database),
        feedback=MongoFeedback(database),
        attachments=MongoAttachments(database),
        opt_outs=MongoOptOuts(database),
        numbers=MongoNumbers(database),
        operators=MongoOperators(database),
        renditions=MongoRenditions(database),
    )
