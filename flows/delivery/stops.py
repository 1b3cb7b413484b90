"""Why a run stops before its last row, in words for people; never the API's own, which may quote what was sent."""

from straitsx_bulk.flows.delivery.rows import Result
from straitsx_bulk.io.straitsx import Answer, Kind
from straitsx_bulk.io.straitsx.judging import PROXY_BARS
from straitsx_bulk.schemas.errors import StoppedError


class StopRunError(StoppedError):
    """An answer that every further row would get too, or none for longer than retries may wait: the run stops.

    Attributes:
        result: What became of the row at hand, where that is known; None: it was not attempted.
    """

    def __init__(self, sentence: str, result: Result | None = None) -> None:
        self.result = result
        super().__init__(sentence)


def stop_sentence(answer: Answer) -> str:
    """Say why an answer stops the run, and what to do.

    Args:
        answer: The answer that ended a call: one that every row would get, or the last of many tries.

    Returns:
        A sentence or two, without a word of the API's: its error texts can repeat an address with a registration id.
    """
    if answer.kind is not Kind.STOP:
        return THROTTLED if answer.status == 429 else OUTAGE
    told = f"HTTP {answer.status}" + (f" {answer.code}" if answer.code else "")
    if answer.status == 401 and answer.hint:
        return f"The API does not accept the request ({told}). {answer.hint}"
    if answer.status == 401:
        return (
            f"The API does not accept the key ({told}). Check X_XFERS_APP_API_KEY (keys expire after 6 months), "
            "whether this machine's address is allowed, and the signing settings; `straitsx-bulk doctor` tells which."
        )
    if answer.status == 403:
        return (
            f"The API does not allow this account or key to do this ({told}). Check the key's scopes on the StraitsX "
            "dashboard and whether the account is locked."
        )
    if answer.status in {404, 405}:
        return (
            f"There is no Customer Profile API at this address ({told}). Check --env and --base-url, which ends in "
            "/v1 at the vendor's hosts."
        )
    if answer.status == 407:
        return PROXY_BARS
    if answer.status == 0:
        return answer.message  # the client's own words: nothing was sent
    return (
        f"Something else than the API answered ({told}), perhaps a redirect, which is never followed: check --base-url "
        "(https, /v1), or a proxy or sign-in page between here and the API (HTTPS_PROXY, NO_PROXY)."
    )


OUTAGE = (
    "The API could not be reached, or answered only with errors, for longer than retries wait. Everything done is "
    "kept; the same command goes on once the API is back."
)
THROTTLED = (
    "The account's allowance was used up by others for longer than retries wait (429). Everything done is kept; the "
    "same command goes on. Lower --rate, or send when the account has less to do."
)
