%%% OTP's own supervisor, with a row written when it has started and when it ends.
%%%
%%% `supervisor' is itself a gen_server callback module, so a gen_server whose callbacks hand everything to it
%%% IS an OTP supervisor. Added are only a row at the end of init/1, written before it handles anything, and one at
%%% the end of terminate/2, written before the parent can hear of the exit: no tracing from outside could promise it.
-module(traced_supervisor).
-behaviour(gen_server).

-export([start_link/1, init/1, handle_call/3, handle_cast/2, handle_info/2, terminate/2, code_change/3]).

start_link(Id) ->
    gen_server:start_link(?MODULE, Id, []).

init(Id) ->
    put(id, Id),
    put(why, "stopped"),
    case supervisor:init({self, otp_recorder, Id}) of
        {ok, State} ->
            otp_recorder:supervisor_started(Id),
            {ok, State};
        Other ->
            Other
    end.

handle_call(Request, From, State) ->
    supervisor:handle_call(Request, From, State).

handle_cast(Message, State) ->
    named(supervisor:handle_cast(Message, State)).

handle_info(Message, State) ->
    named(supervisor:handle_info(Message, State)).

terminate(Reason, State) ->
    supervisor:terminate(Reason, State),
    otp_recorder:supervisor_ended(get(id), get(why)).

code_change(OldVersion, State, Extra) ->
    supervisor:code_change(OldVersion, State, Extra).

%% A supervisor stops by itself for two reasons only; the one that is giving up was reported to the logger
%% just before, and the recorder's handler, which runs in this process, has noted it.
named({stop, shutdown, _} = Result) ->
    case get(why) of
        "gave-up" -> ok;
        "stopped" -> put(why, "auto-shutdown")
    end,
    Result;
named(Result) ->
    Result.
