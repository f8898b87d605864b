%%% Runs scripted scenarios on OTP's own supervisors and writes down what happened, one JSON object a line.
%%%
%%% erl -noshell -s otp_recorder main IN OUT -s erlang halt      (see README.md)
%%%
%%% Every row is written by the process that causes it, before anybody can act on it, under one counter.
%%% A step is performed only when every process of the tree waits: idle, or held on purpose by the script.
-module(otp_recorder).

-export([main/1]).
-export([init/1]).                              % supervisor callback
-export([start_worker/1, start_supervisor/1]).  % start functions of child specs
-export([supervisor_started/1, supervisor_ended/2]).  % for traced_supervisor
-export([log/2]).                               % logger handler

-define(PERIOD, 1000000).   % seconds: no restart is ever forgotten, so that no clock matters

main([In, Out]) ->
    logger:set_primary_config(level, error),
    logger:add_handler(?MODULE, ?MODULE, #{level => error}),
    logger:remove_handler(default),
    {ok, Scenarios} = file:consult(In),
    %% A process that waits for the code server waits for a disk, which no look at the run queue can show.
    ok = code:ensure_modules_loaded([supervisor, traced_supervisor, gen_server, gen, proc_lib, logger_server,
                                     logger_backend, io_lib_format, io_lib_pretty, string, sets, ordsets]),
    Loaded = length(code:all_loaded()),
    Lines = lists:map(fun record/1, Scenarios),
    Lines = lists:map(fun record/1, Scenarios),  % nothing in a trace is chance
    Loaded = length(code:all_loaded()),
    ok = file:write_file(Out, Lines).

log(#{msg := {report, #{label := {supervisor, shutdown}}}}, _Config) -> put(why, "gave-up");
log(_Event, _Config) -> ok.

%%% One scenario

record(#{name := Name, root := Root, spares := Spares, steps := Steps}) ->
    facts = ets:new(facts, [named_table, public]),
    ets:insert(facts, {rows, 0}),
    Base = [self() | processes()],
    lists:foreach(fun index/1, [Root | Spares]),
    ets:insert(facts, {root, starting}),
    Parent = spawn(fun() -> parent(element(2, Root)) end),
    finish_step(element(2, Root)),
    run(element(2, Root), 1, Steps),
    drain(element(2, Root)),
    case fact(root) of
        up ->
            row("stop"),
            Parent ! stop,
            finish_step(element(2, Root)),
            drain(element(2, Root));
        ended -> ok
    end,
    Left = [N || {{answer, N}, stopped} <- ets:tab2list(facts)],
    lists:foreach(fun(N) -> row(["answer ", integer_to_list(N), " SupervisorStopped"]) end, lists:sort(Left)),
    [] = processes() -- Base,
    Rows = [Row || {_, Row} <- lists:sort([{N, R} || {{row, N}, R} <- ets:tab2list(facts)])],
    ets:delete(facts),
    Quoted = lists:join(",", [[$", Row, $"] || Row <- Rows]),
    unicode:characters_to_binary(["{\"name\":\"", Name, "\",\"rows\":[", Quoted, "]}\n"]).

index({worker, Id, _, _, _, _} = Node) -> ets:insert(facts, {{node, Id}, Node});
index({pool, Id, _, _, _, _, _, _} = Node) -> ets:insert(facts, {{node, Id}, Node});
index({supervisor, Id, _, _, _, _, _, Children, _} = Node) ->
    ets:insert(facts, {{node, Id}, Node}),
    lists:foreach(fun index/1, Children).

%% The process above the root: starts it, and stops it as any OTP parent would.
parent(Root) ->
    process_flag(trap_exit, true),
    case start_supervisor(Root) of
        {ok, Pid} ->
            ets:insert(facts, {root, up}),
            receive
                {'EXIT', Pid, _} -> ok;
                stop ->
                    exit(Pid, shutdown),
                    receive {'EXIT', Pid, _} -> ok end
            end;
        _FailedOrIgnored -> ok
    end,
    ets:insert(facts, {root, ended}).

run(_Root, _N, []) -> ok;
run(Root, N, [Step | Steps]) ->
    case fact(root) of
        ended -> ok;
        _ ->
            row(["step ", integer_to_list(N)]),
            perform(N, Step),
            finish_step(Root),
            run(Root, N + 1, Steps)
    end.

drain(Root) ->
    case lists:sort([Id || {{held, Id}, _} <- ets:tab2list(facts)]) of
        [] -> ok;
        [Id | _] ->
            row(["drain ", atom_to_list(Id)]),
            perform(0, {release, Id}),
            finish_step(Root),
            drain(Root)
    end.

finish_step(Root) ->
    settle(),
    New = lists:sort([{N, A} || {{answer, N}, A} <- ets:tab2list(facts), A =/= stopped]),
    lists:foreach(fun({N, Answer}) ->
                          ets:delete(facts, {answer, N}),
                          row(["answer ", integer_to_list(N), " ", Answer])
                  end, New),
    Held = [Id || {{held, Id}, _} <- ets:tab2list(facts)],
    case {fact(root), Held} of
        {up, []} -> row(["tree ", tree(Root)]);
        _ -> ok
    end.

%% Quiet: nobody else can run. With one scheduler (+S 1) that is what an empty run queue means while this process
%% itself is running; a process on its way out counts as one that can run.
settle() ->
    1 = erlang:system_info(schedulers_online),
    erlang:yield(),
    case erlang:statistics(run_queue) of
        0 -> ok;
        _ -> settle()
    end.

%%% Steps

perform(_N, {'end', Id, How}) ->
    case fact({worker, Id}, gone) of
        {Pid, running} -> Pid ! {'end', How};
        _ -> skip
    end;
perform(_N, {release, Id}) ->
    case fact({held, Id}, nobody) of
        nobody -> skip;
        Pid ->
            ets:delete(facts, {held, Id}),
            Pid ! {release, Id}
    end;
perform(N, {request, Supervisor, Verb, Id}) ->
    case reachable(Supervisor) of
        true ->
            Pid = fact({up, Supervisor}),
            Pool = element(1, fact({node, Supervisor})) =:= pool,
            spawn(fun() ->
                          try request(Pid, Pool, Verb, Id) of
                              Answer -> ets:insert(facts, {{answer, N}, answer(Verb, Answer)})
                          catch
                              exit:_ -> ets:insert(facts, {{answer, N}, stopped})
                          end
                  end);
        false -> ets:insert(facts, {{answer, N}, stopped})
    end.

reachable(none) -> fact(root) =:= up;
reachable(Supervisor) ->
    case fact({up, Supervisor}, gone) of
        gone -> false;
        _ -> reachable(fact({parent, Supervisor}))
    end.

request(Pid, true, start, Id) -> supervisor:start_child(Pid, [Id]);
request(Pid, false, start, Id) -> supervisor:start_child(Pid, child_spec(fact({node, Id})));
request(Pid, true, stop, Id) -> supervisor:terminate_child(Pid, fact({last, Id}, Id));
request(Pid, false, stop, Id) -> supervisor:terminate_child(Pid, Id);
request(Pid, _, restart, Id) -> supervisor:restart_child(Pid, Id);
request(Pid, _, delete, Id) -> supervisor:delete_child(Pid, Id);
request(Pid, _, count, _) -> supervisor:count_children(Pid).

answer(_, ok) -> "ok";
answer(count, Counts) -> 
    lists:join(" ", [[atom_to_list(Key), "=", integer_to_list(Value)] || {Key, Value} <- Counts]);
answer(_, {ok, undefined}) -> "ignored";
answer(_, {ok, Pid}) when is_pid(Pid) -> "started";
answer(_, {error, {already_started, _}}) -> "AlreadyStarted";
answer(_, {error, already_present}) -> "AlreadyPresent";
answer(_, {error, not_found}) -> "ChildNotFound";
answer(_, {error, running}) -> "ChildRunning";
answer(_, {error, restarting}) -> "ChildRestarting";
answer(_, {error, simple_one_for_one}) -> "PoolHasNoIds";
answer(_, {error, {bad_combination, _}}) -> "InvalidSpec";
answer(_, {error, Reason}) -> ["StartFailed ", culprit(Reason)].

culprit({failed, Id}) -> atom_to_list(Id);
culprit({shutdown, {failed_to_start_child, _, Reason}}) -> culprit(Reason);
culprit({bad_return, {?MODULE, init, Reason}}) -> culprit(Reason);
culprit({Reason, Child}) when element(1, Child) =:= child -> culprit(Reason).

%% "root(a+ b- mid(c+) pool[i1 i2])": the specs in start order, from which_children of each supervisor.
tree(Id) ->
    Children = supervisor:which_children(fact({up, Id})),
    case fact({node, Id}) of
        {pool, _, _, _, _, _, _, _} ->
            Names = [atom_to_list(fact({id, Pid})) || {undefined, Pid, _, _} <- Children],
            [atom_to_list(Id), "[", lists:join(" ", lists:sort(Names)), "]"];
        _ ->
            [atom_to_list(Id), "(", lists:join(" ", lists:map(fun branch/1, lists:reverse(Children))), ")"]
    end.

branch({Id, undefined, _, _}) -> [atom_to_list(Id), "-"];
branch({Id, restarting, _, _}) -> [atom_to_list(Id), "~"];
branch({Id, _, worker, _}) -> [atom_to_list(Id), "+"];
branch({Id, _, supervisor, _}) -> tree(Id).

%%% Children

child_spec({worker, Id, Restart, Significant, _, _}) ->
    #{id => Id, start => {?MODULE, start_worker, [Id]}, restart => Restart, significant => Significant,
      shutdown => infinity, type => worker};
child_spec(Node) ->
    Id = element(2, Node),
    #{id => Id, start => {?MODULE, start_supervisor, [Id]}, restart => element(3, Node),
      significant => element(4, Node), shutdown => infinity, type => supervisor}.

start_worker(Id) ->
    case attempt(Id) of
        ok ->
            Supervisor = self(),
            Pid = spawn_link(fun() ->
                                     process_flag(trap_exit, true),
                                     Supervisor ! {trapping, self()},
                                     worker(Id, Supervisor)
                             end),
            receive {trapping, Pid} -> ok end,
            ets:insert(facts, [{{worker, Id}, {Pid, running}}, {{last, Id}, Pid}, {{id, Pid}, Id}]),
            row(["started ", atom_to_list(Id)]),
            {ok, Pid};
        fail ->
            row(["failed ", atom_to_list(Id)]),
            {error, {failed, Id}};
        ignore ->
            row(["ignored ", atom_to_list(Id)]),
            ignore
    end.

worker(Id, Supervisor) ->
    receive
        {'end', How} ->
            ets:delete(facts, {worker, Id}),
            row([ended_as(How), " ", atom_to_list(Id)]),
            exit(How);
        {'EXIT', Supervisor, shutdown} ->
            ets:insert(facts, {{worker, Id}, {self(), stopping}}),
            {How, Held} = next({stops, Id}, element(6, fact({node, Id})), {clean, false}),
            hold(Held, Id, "stop"),
            ets:delete(facts, {worker, Id}),
            row(["stopped ", atom_to_list(Id)]),
            case How of
                clean -> exit(shutdown);
                crash -> exit(crashed_while_stopping)
            end
    end.

ended_as(crash) -> "crashed";
ended_as(normal) -> "returned";
ended_as(shutdown) -> "shut-down".

start_supervisor(Id) ->
    ets:insert(facts, {{parent, Id}, case get(id) of undefined -> none; Above -> Above end}),
    row(["starting ", atom_to_list(Id)]),
    case traced_supervisor:start_link(Id) of
        {ok, Pid} -> {ok, Pid};
        ignore ->
            row(["ignored ", atom_to_list(Id)]),
            ignore;
        {error, Reason} ->
            row(["failed ", atom_to_list(Id)]),
            {error, Reason}
    end.

supervisor_started(Id) ->
    ets:insert(facts, [{{up, Id}, self()}, {{last, Id}, self()}]),
    row(["started ", atom_to_list(Id)]).

supervisor_ended(Id, Why) ->
    ets:delete(facts, {up, Id}),
    row(["ended ", atom_to_list(Id), " ", Why]).

init(Id) ->
    case {attempt(Id), fact({node, Id})} of
        {fail, _} -> {failed, Id};
        {ignore, _} -> ignore;
        {ok, {supervisor, _, _, _, Strategy, MaxRestarts, Auto, Children, _}} ->
            {ok, {#{strategy => Strategy, intensity => MaxRestarts, period => ?PERIOD, auto_shutdown => Auto},
                  [child_spec(Child) || Child <- Children]}};
        {ok, {pool, _, _, _, MaxRestarts, Auto, Restart, Significant}} ->
            {ok, {#{strategy => simple_one_for_one, intensity => MaxRestarts, period => ?PERIOD,
                    auto_shutdown => Auto},
                  [#{id => instance, start => {?MODULE, start_worker, []}, restart => Restart,
                     significant => Significant, shutdown => infinity, type => worker}]}}
    end.

%% The outcome of the next start attempt of Id, after having waited for the script if it is a held one.
attempt(Id) ->
    Node = fact({node, Id}),
    Starts = case Node of
                 {worker, _, _, _, List, _} -> List;
                 {supervisor, _, _, _, _, _, _, _, List} -> List;
                 {pool, _, _, _, _, _, _, _} -> []
             end,
    {Outcome, Held} = next({starts, Id}, Starts, {ok, false}),
    hold(Held, Id, "start"),
    Outcome.

next(Key, List, Default) ->
    N = ets:update_counter(facts, Key, 1, {Key, 0}),
    case N =< length(List) of
        true -> lists:nth(N, List);
        false -> Default
    end.

%% A selective receive: what arrives meanwhile stays in the mailbox in its order.
hold(false, _Id, _What) -> ok;
hold(true, Id, What) ->
    ets:insert(facts, {{held, Id}, self()}),
    row(["held ", atom_to_list(Id), " ", What]),
    receive {release, Id} -> ok end.

%%% Facts

row(Row) ->
    N = ets:update_counter(facts, rows, 1),
    ets:insert(facts, {{row, N}, lists:flatten(Row)}).

fact(Key) ->
    ets:lookup_element(facts, Key, 2).

fact(Key, Default) ->
    case ets:lookup(facts, Key) of
        [{_, Value}] -> Value;
        [] -> Default
    end.
