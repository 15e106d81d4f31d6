#include "status.h"

const char *mc_status_text(int status) {
    if (status > 0)
        status = MC_OK;
    switch ((mc_status)status) {
    case MC_OK:
        return "All is well.";
    case MC_E_ARGUMENT:
        return "A value is outside what the media core allows.";
    case MC_E_NO_ROOM:
        return "There is no such room, or it is closed.";
    case MC_E_EXISTS:
        return "That room is open already.";
    case MC_E_FULL:
        return "A queue or the stage is full; nothing was done.";
    case MC_E_STATE:
        return "The media core cannot do that now.";
    case MC_E_MEMORY:
        return "There is not enough memory.";
    case MC_E_SYSTEM:
        return "The operating system refused.";
    case MC_E_CORRUPT:
        return "A file is not what it should be.";
    case MC_E_CODEC:
        return "The Opus codec refused.";
    case MC_E_PACKET:
        return "This is not one Opus packet of 20 ms.";
    case MC_E_WIRE:
        return "This is not a message of the wire protocol.";
    case MC_E_WS_PROTOCOL:
        return "The peer broke the WebSocket protocol.";
    case MC_E_WS_UTF8:
        return "The peer sent text that is not UTF-8.";
    case MC_E_WS_TOO_BIG:
        return "The peer sent a message that is too big.";
    }
    return "Unknown status.";
}
