"""The default markup of each forum system, as small as its pages can be; written for the tests, with invented names."""

from __future__ import annotations

from tests.support.boards import Board

__all__ = ["BOARDS"]

_SID = "sid=0e26c5b6c7cd9b067a6a5dc32896eebb"

XENFORO2 = Board(
    name="xenforo2",
    forum_path=lambda page: "/forums/garden.2/" + (f"page-{page}" if page > 1 else ""),
    thread_path=lambda one, page: f"/threads/{one.slug}.{one.number}/" + (f"page-{page}" if page > 1 else ""),
    page='<html id="XF"><body>{body}{following}</body></html>',
    following='<a class="pageNav-jump pageNav-jump--next" href="{url}">Next</a>',
    index='<div class="node node--forum"><h3 class="node-title"><a href="{forum}">Garden</a></h3></div>',
    forum="{rows}",
    row="""<div class="structItem structItem--thread"><div class="structItem-title"><a
        href="/forums/x.1/?prefix_id=2">P</a>
        <a href="{path}">{title}</a></div><div class="structItem-cell structItem-cell--latest">
        <time datetime="{iso}">x</time></div></div>""",
    thread='<h1 class="p-title-value"><span class="label">Old</span>{title}</h1>{posts}',
    post="""<article class="message message--post" data-author="{author}" data-content="post-{id}">
        <h4 class="message-name"><a href="/members/{author}.7/">{author}</a></h4>
        <header class="message-attribution"><a href="{path}post-{id}"><time datetime="{iso}">x</time></a>
        <a href="{path}post-{id}">#{place}</a></header><div class="bbWrapper">{quote}{text}</div>
        <div class="message-lastEdit">Last edited</div><aside class="message-signature"><div
        class="bbWrapper">signed words
        </div></aside><div class="reactionsBar">Ann likes this</div></article>""",
    quote="""<blockquote class="bbCodeBlock bbCodeBlock--quote" data-quote="{name}" data-source="post: {number}">
        <div class="bbCodeBlock-title"><a>{name} said:</a></div><div class="bbCodeBlock-content"><div
        class="bbCodeBlock-expandContent">{text}<blockquote class="bbCodeBlock bbCodeBlock--quote"><div
        class="bbCodeBlock-content">deep words</div></blockquote></div><div class="bbCodeBlock-expandLink">Click to
        expand...
        </div></div></blockquote>""",
)

XENFORO1 = Board(
    name="xenforo1",
    forum_path=XENFORO2.forum_path,
    thread_path=XENFORO2.thread_path,
    page='<html id="XenForo"><head><base href="/">{following}</head><body>{body}</body></html>',
    following='<link rel="next" href="{url}">',
    index="""<ol><li class="node forum level_2"><div class="nodeInfo forumNodeInfo"><h3 class="nodeTitle">
        <a href="forums/garden.2/">Garden</a></h3></div></li></ol>""",
    forum='<ol class="discussionListItems">{rows}</ol>',
    row="""<li class="discussionListItem visible"><h3 class="title"><a class="prefixLink"
        href="forums/x.1/?prefix_id=1">P</a>
        <a class="PreviewTooltip" href="threads/{slug}.{number}/">{title}</a></h3><div class="posterDate"><span
        class="DateTime">May 1, 2019</span></div><dl class="lastPostInfo"><dt><a href="members/x.1/">x</a></dt><dd>
        <abbr class="DateTime" data-time="{stamp}">Today</abbr></dd></dl></li>""",
    thread="""<div class="titleBar"><h1><span class="prefix">Old</span> {title}</h1></div><ol
        class="messageList">{posts}</ol>""",
    post="""<li id="post-{id}" class="message" data-author="{author}"><div class="messageUserInfo"><h3 class="userText">
        <a href="members/{author}.7/" class="username">{author}</a><em class="userTitle">Member</em></h3></div>
        <div class="messageInfo"><article><blockquote class="messageText ugc baseHtml">{quote}{text}<div
        class="messageTextEndMarker">&nbsp;</div></blockquote></article><div class="messageMeta"><span class="item
        muted">
        <a href="threads/{slug}.{number}/#post-{id}" title="Permalink" class="datePermalink"><span class="DateTime"
        title="{short}">{day}</span></a></span><a href="threads/{slug}.{number}/#post-{id}" class="item
        postNumber">#{place}</a>
        </div><div class="baseHtml signature"><aside>signed words</aside></div><div>Ann likes this</div></div></li>""",
    quote="""<div class="bbCodeBlock bbCodeQuote" data-author="{name}"><aside><div class="attribution type">{name} said:
        <a href="goto/post?id={number}#post-{number}" class="AttributionLink">&uarr;</a></div><blockquote
        class="quoteContainer">
        <div class="quote">{text}<div class="bbCodeBlock bbCodeQuote"><aside><div class="attribution type">Zed
        said:</div>
        <blockquote class="quoteContainer"><div class="quote">deep words</div></blockquote></aside></div></div>
        <div class="quoteExpand">Click to expand...</div></blockquote></aside></div>""",
)

PHPBB3 = Board(
    name="phpbb",
    forum_path=lambda page: "/viewforum.php?f=2" + (f"&start={(page - 1) * 3}" if page > 1 else ""),
    thread_path=lambda one, page: f"/viewtopic.php?t={one.number}" + (f"&start={(page - 1) * 3}" if page > 1 else ""),
    page="""<html><body id="phpbb" class="section-view{kind} ltr"><div
        id="page-body">{body}{following}</div></body></html>""",
    following=f"""<div class="pagination"><ul><li class="active"><span>1</span></li><li class="arrow next">
        <a class="button" rel="next" href=".{{url}}&amp;{_SID}">Next</a></li></ul></div>""",
    index=f"""<ul class="topiclist forums"><li class="row"><dl><dt><a href=".{{forum}}&amp;{_SID}"
        class="forumtitle">Garden
        </a></dt></dl></li></ul>""",
    forum='<ul class="topiclist topics">{rows}</ul>',
    row=f"""<li class="row bg1"><dl><dt><a href="./viewtopic.php?f=2&amp;t={{number}}&amp;{_SID}"
        class="topictitle">{{title}}</a>
        <br>by Ann &raquo; Fri May 08, 2009 2:03 am</dt><dd class="posts">2</dd><dd
        class="lastpost"><span><dfn>Last post</dfn>
        by <a class="username">Cy 2011</a> <a
        href="./viewtopic.php?p=9#p9"><img></a><br>{{british}}</span></dd></dl></li>""",
    thread=f"""<h2 class="topic-title"><a
        href="./viewtopic.php?f=2&amp;t={{number}}&amp;{_SID}">{{title}}</a></h2>{{posts}}""",
    post=f"""<div id="p{{id}}" class="post has-profile bg2"><div class="inner"><dl class="postprofile"
        id="profile{{id}}"><dt>
        <a href="./memberlist.php?mode=viewprofile&amp;u=5&amp;{_SID}"
        class="username">{{author}}</a></dt><dd><strong>Joined:
        </strong> 10 Apr 2020, 08:51</dd></dl><div class="postbody"><h3><a href="#p{{id}}">{{title}}</a></h3><p
        class="author">
        <a href="./viewtopic.php?p={{id}}&amp;{_SID}#p{{id}}"><i></i></a><span>by <strong><a class="username"
        href="./memberlist.php?mode=viewprofile&amp;u=5">{{author}}</a></strong> &raquo; </span>{{british}}</p><div
        class="content">
        {{quote}}{{text}}</div><div class="notice">Last edited by Ann</div><div id="sig{{id}}"
        class="signature">signed words
        </div></div></div></div>""",
    quote="""<blockquote cite="./viewtopic.php?p={number}#p{number}"><div><cite><a
        href="./memberlist.php?mode=viewprofile">{name}
        </a> wrote: <a href="./viewtopic.php?p={number}#p{number}" data-post-id="{number}">&uarr;</a><span>Fri May
        08, 2009
        2:03 am</span></cite>{text}<blockquote><div><cite>Zed wrote:</cite>deep
        words</div></blockquote></div></blockquote>""",
)

VBULLETIN4 = Board(
    name="vbulletin",
    forum_path=lambda page: "/forums/2-Garden" + (f"/page{page}" if page > 1 else ""),
    thread_path=lambda one, page: f"/threads/{one.number}-{one.slug}" + (f"/page{page}" if page > 1 else ""),
    page="""<html id="vbulletin_html"><head><base href="/"><meta name="generator" content="vBulletin 4.2.2"></head>
        <body>{body}{following}</body></html>""",
    following='<span class="prev_next"><a rel="next" href="{url}">Next</a></span>',
    index="""<ol id="forums"><li class="forumbit_post L2" id="forum2"><h2 class="forumtitle">
        <a href="forums/2-Garden?s=576caa73d70307534f3fb79e355dac0c">Garden</a></h2></li></ol>""",
    forum='<ol id="threads">{rows}</ol>',
    row="""<li class="threadbit hot" id="thread_{number}"><h3 class="threadtitle"><a class="title"
        id="thread_title_{number}"
        href="threads/{number}-{slug}?s=576caa73d70307534f3fb79e355dac0c">{title}</a></h3><dl class="threadlastpost td">
        <dt>Last Post By</dt><dd><a>Ann 12</a></dd><dd>{day}, <em class="time">{clock}</em> <a>x</a></dd></dl></li>""",
    thread="""<div id="pagetitle"><h1>Thread: <span class="threadtitle"><a
        href="threads/{number}-{slug}">{title}</a></span></h1>
        </div><ol id="posts">{posts}</ol>""",
    post="""<li class="postbitlegacy postcontainer" id="post_{id}"><div class="posthead"><span class="postdate old">
        <span class="date">{day},&nbsp;<span class="time">{clock}</span></span></span><span class="nodecontrols">
        <a name="post{id}" href="threads/{number}-{slug}?p={id}#post{id}" class="postcounter">#{place}</a></span></div>
        <div class="userinfo"><div class="username_container"><a class="username offline" href="members/7-{author}">
        <strong>{author}</strong></a></div><dl class="userinfo_extra"><dt>Join Date</dt><dd>May 2006</dd></dl></div>
        <div class="postbody"><h2 class="title icon">Re: {title}</h2><div class="content"><div id="post_message_{id}">
        <blockquote class="postcontent restore">{quote}{text}</blockquote></div></div><div
        class="after_content">Last edited
        <blockquote class="signature restore">signed words</blockquote></div></div></li>""",
    quote="""<div class="bbcode_container"><div class="bbcode_quote"><div class="quote_container"><div
        class="bbcode_quote_container"></div><div class="bbcode_postedby"><img alt="Quote"> Originally Posted by
        <strong>{name}</strong> <a href="showthread.php?p={number}#post{number}"><img></a></div><div
        class="message">{text}
        </div></div></div></div>""",
)

VBULLETIN3 = Board(
    name="vbulletin",
    forum_path=lambda page: "/forumdisplay.php?f=2" + (f"&page={page}" if page > 1 else ""),
    thread_path=lambda one, page: f"/showthread.php?t={one.number}" + (f"&page={page}" if page > 1 else ""),
    page='<html><head><meta name="generator" content="vBulletin 3.8.7"></head><body>{body}{following}</body></html>',
    following='<div class="pagenav"><a rel="next" class="smallfont" href="{url}">&gt;</a></div>',
    index="""<table><tr><td class="alt1Active" id="f2"><div><a
        href="{forum}"><strong>Garden</strong></a></div></td></tr>
        </table>""",
    forum='<table id="threadslist">{rows}</table>',
    row="""<tr><td class="alt1" id="td_threadtitle_{number}"><div><a href="{path}"
        id="thread_title_{number}">{title}</a></div>
        <div class="smallfont">Ann</div></td><td class="alt2" title="Replies: 1, Views: 12"><div class="smallfont">{day}
        <span class="time">{clock}</span><br>by <a href="member.php?u=4">Cy 2011</a></div></td><td>3</td></tr>""",
    thread="""<table><tr><td class="navbar"><a>x</a> <strong>{title}</strong></td></tr></table><div
        id="posts">{posts}</div>""",
    post="""<div id="edit{id}"><table id="post{id}" class="tborder"><tr><td class="thead"><a
        name="post{id}"><img></a> {us}</td>
        <td class="thead">#<a href="showpost.php?p={id}&amp;postcount={place}#post{id}" id="postcount{id}"
        name="{place}"><strong>{place}</strong></a></td></tr><tr><td class="alt2"><div id="postmenu_{id}"><a
        class="bigusername"
        href="member.php?u=7">{author}</a></div><div class="smallfont">Join Date: May 2006</div></td><td class="alt1"
        id="td_post_{id}"><div class="smallfont"><strong>{title}</strong></div><hr><div
        id="post_message_{id}">{quote}{text}</div>
        <div>__________________<br>signed words</div><div class="smallfont"><em>Last edited by
        Ann</em></div></td></tr></table>
        </div>""",
    quote="""<div style="margin:20px"><div class="smallfont">Quote:</div><table><tr><td
        class="alt2"><div>Originally Posted by
        <strong>{name}</strong> <a href="showthread.php?p={number}#post{number}"><img></a></div><div
        style="font-style:italic">{text}</div></td></tr></table></div>""",
)

INVISION4 = Board(
    name="invision",
    forum_path=lambda page: "/forum/2-garden/" + (f"page/{page}/" if page > 1 else ""),
    thread_path=lambda one, page: f"/topic/{one.number}-{one.slug}/" + (f"page/{page}/" if page > 1 else ""),
    page="<html><head>{following}</head><body class='ipsApp ipsApp_front' data-pageApp='forums'>{body}</body></html>",
    following='<link rel="next" href="{url}">',
    index="""<ol><li class="cForumRow ipsDataItem"><h4 class="ipsDataItem_title"><a
        href="{forum}">Garden</a></h4></li></ol>""",
    forum='<ol class="cTopicList">{rows}</ol>',
    row="""<li class="ipsDataItem" data-rowID="{number}"><h4 class="ipsDataItem_title"><a
        href="{path}?do=getNewComment">{title}</a>
        </h4>by Ann, <time datetime="2009-05-08T02:03:00Z">then</time><ul class="ipsDataItem_lastPoster"><li>Bo</li><li>
        <time datetime="{iso}">x</time></li></ul></li>""",
    thread="""<h1 class="ipsType_pageTitle"><span class="ipsTag_prefix">Old</span><span>{title}</span></h1>
        <div id="elPostFeed">{posts}</div>""",
    post="""<a id="comment-{id}"></a><article id="elComment_{id}" class="cPost ipsBox ipsComment"><aside
        class="ipsComment_author
        cAuthorPane"><h3 class="cAuthorPane_author"><strong><a
        href="/profile/7-{author}/">{author}</a></strong></h3><ul>
        <li>Newbie</li></ul></aside><div id="comment-{id}_wrap" class="ipsComment_content"><div class="ipsComment_meta">
        <a href="{path}?do=findComment&amp;comment={id}">Posted <time datetime="{iso}">x</time></a></div>
        <div class="cPost_contentWrap"><div data-role="commentContent" class="ipsType_richText">{quote}<p>{text}</p>
        <span class="ipsType_light" data-excludequote><strong>Edited by Ann</strong></span></div></div>
        <div data-role="memberSignature">signed words</div></div></article>""",
    quote="""<blockquote class="ipsQuote" data-ipsquote-contentcommentid="{number}" data-ipsquote-username="{name}"><div
        class="ipsQuote_citation">On 5/8/2009, {name} said:</div><div
        class="ipsQuote_contents"><p>{text}</p></div></blockquote>""",
)

SMF20 = Board(
    name="smf",
    forum_path=lambda page: f"/index.php?board=2.{(page - 1) * 3}",
    thread_path=lambda one, page: f"/index.php?topic={one.number}.{(page - 1) * 3}",
    page="""<html><head><link rel="next" href="/index.php?topic=1.0;prev_next=next"><script>var smf_theme_url =
        "/";</script>
        </head><body><div class="navigate_section"><ul><li><a href="/index.php">Board</a></li><li class="last">
        <a><span>Mulch or not</span></a></li></ul></div>{following}{body}</body></html>""",
    following='<div class="pagelinks">Pages: [<strong>1</strong>] <a class="navPages" href="{url}">2</a></div>',
    index="""<table class="table_list"><tr id="board_2"><td class="info"><a class="subject" href="{forum}"
        name="b2">Garden</a>
        </td></tr></table>""",
    forum='<div id="messageindex"><table>{rows}</table></div>',
    row="""<tr><td class="subject windowbg2"><div><span id="msg_5{number}"><a
        href="{path}">{title}</a></span><p>Started by
        <a>Ann</a> <small id="pages5"><a class="navPages"
        href="/index.php?topic={number}.3">2</a></small></p></div></td>
        <td class="stats">1 Replies</td><td class="lastpost windowbg2"><a href="{path};msg9#new"><img></a>{long}<br>by
        <a>Cy 2011</a></td></tr>""",
    thread='<div id="forumposts"><h3 class="catbg">Topic: {title} (Read 12 times)</h3>{posts}</div>',
    post="""<div class="windowbg"><div class="post_wrapper"><div class="poster"><h4><a
        href="/index.php?action=profile;u=7">{author}
        </a></h4><ul id="msg_{id}_extra_info"><li>Newbie</li></ul></div><div class="postarea"><div class="keyinfo"><h5
        id="subject_{id}"><a href="/index.php?topic={number}.msg{id}#msg{id}">Re: {title}</a></h5><div
        class="smalltext">&laquo;
        <strong>Reply #{reply} on:</strong> {long} &raquo;</div></div><div class="post"><div class="inner"
        id="msg_{id}">{quote}
        {text}</div></div></div><div class="moderatorbar"><div class="smalltext modified">Last Edit</div><div
        class="signature">
        signed words</div></div></div></div>""",
    quote="""<div class="quoteheader"><div class="topslice_quote"><a
        href="/index.php?topic=1.msg{number}#msg{number}">Quote from:
        {name} on May 08, 2009, 02:03:04 am</a></div></div><blockquote class="bbc_standard_quote">{text}<div
        class="quoteheader">
        <div class="topslice_quote">Quote from: Zed on May 08, 2009</div></div><blockquote
        class="bbc_alternate_quote">deep words
        </blockquote></blockquote><div class="quotefooter"><div class="botslice_quote"></div></div>""",
)

SMF21 = Board(
    name="smf",
    forum_path=SMF20.forum_path,
    thread_path=SMF20.thread_path,
    page=SMF20.page,
    following="""<div class="pagelinks"><span class="current_page">1</span> <a class="nav_page"
        href="{url}">2</a></div>""",
    index="""<div class="boardindex_table"><div id="board_2" class="up_contain"><div class="info"><a class="subject
        mobile_subject"
        href="{forum}" id="b2">Garden</a></div></div></div>""",
    forum='<div id="messageindex"><div id="topic_container">{rows}</div></div>',
    row="""<div class="windowbg"><div class="info info_block"><div><div class="message_index_title"><span
        class="preview">
        <span id="msg_5{number}"><a href="{path}">{title}</a></span></span></div><p>Started by
        <a>Ann</a></p></div></div>
        <div class="board_stats"><p>Replies: 1</p></div><div class="lastpost"><p>Last post: <a
        href="{path};msg9">{long}</a> by
        <a>Cy 2011</a></p></div></div>""",
    thread='<div id="forumposts">{posts}</div>',
    post="""<div class="windowbg" id="msg{id}"><div class="post_wrapper"><div class="poster"><h4><span
        class="off"></span>
        <a href="/index.php?action=profile;u=7">{author}</a></h4><ul class="user_info"><li class="postcount">Posts:
        5</li></ul>
        </div><div class="postarea"><div class="keyinfo"><div id="subject_{id}" class="subject_title"><a
        href="/index.php?msg={id}">Re: {title}</a></div><span class="page_number floatright">#{reply}</span><div
        class="postinfo">
        <a href="/index.php?msg={id}" class="smalltext">{long}</a><span class="smalltext modified">Last Edit: May
        1, 2027</span>
        </div></div><div class="post"><div class="inner" data-msgid="{id}" id="msg_{id}">{quote}{text}</div></div></div>
        <div class="moderatorbar"><div class="signature">signed words</div></div></div></div>""",
    quote="""<blockquote class="bbc_standard_quote"><cite><a href="/index.php?msg={number}">Quote from: {name} on
        May 08, 2009,
        02:03:04 am</a></cite>{text}<blockquote class="bbc_alternate_quote"><cite>Quote from: Zed</cite>deep
        words</blockquote>
        </blockquote>""",
)

VANILLA = Board(
    name="vanilla",
    forum_path=lambda page: "/categories/garden" + (f"/p{page}" if page > 1 else ""),
    thread_path=lambda one, page: f"/discussion/{one.number}/{one.slug}" + (f"/p{page}" if page > 1 else ""),
    page='<html><body id="vanilla_{kind}_index" class="Vanilla isDesktop">{body}{following}</body></html>',
    following="""<div class="PagerWrap"><span class="Highlight">1</span><a class="Next" rel="next"
        href="{url}">&raquo;</a></div>""",
    index="""<ul class="DataList CategoryList"><li class="Item Category"><div class="ItemContent Category"><div
        class="TitleWrap">
        <a href="{forum}" class="Title">Garden</a></div></div></li></ul>""",
    forum='<ul class="DataList Discussions">{rows}</ul>',
    row="""<li id="Discussion_{number}" class="Item ItemDiscussion"><div class="ItemContent Discussion"><div
        class="Title">
        <a href="{path}">{title}</a></div><span class="MItem LastCommentDate"><time
        datetime="{iso}">x</time></span></div></li>""",
    thread='<div id="Item_0" class="PageTitle"><div class="Options"></div><h1>{title}</h1></div>{posts}',
    opening="""<div id="Discussion_{number}" class="Item ItemDiscussion"><span class="Author"><a
        href="/profile/{author}"
        class="PhotoWrap"><img></a><a href="/profile/{author}" class="Username">{author}</a></span><span
        class="MItem DateCreated">
        <a href="{path}" class="Permalink"><time datetime="{iso}">x</time></a></span><div class="Message
        userContent"><p>{text}</p>
        </div><div class="Signature">signed words</div><div class="Reactions">1 Like</div></div>""",
    post="""<li class="Item ItemComment" id="Comment_{id}"><div class="Comment"><span class="Author"><a
        href="/profile/{author}"
        class="Username">{author}</a></span><span class="MItem DateCreated"><a
        href="/discussion/comment/{id}/#Comment_{id}"
        class="Permalink"><time datetime="{iso}">x</time></a></span><div class="Message
        userContent">{quote}<p>{text}</p></div>
        <div class="Reactions">1 Like</div></div></li>""",
    quote="""<blockquote class="Quote UserQuote"><div class="QuoteAuthor"><a href="/profile/{name}">{name}</a>
        said:</div>
        <div class="QuoteText"><p>{text}</p><blockquote class="Quote"><div class="QuoteText">deep
        words</div></blockquote></div>
        </blockquote>""",
    post_id=lambda topic, post: f"discussion-{topic.number}" if post.place == 1 else str(post.id),
)

WOLTLAB5 = Board(
    name="woltlab",
    forum_path=lambda page: "/board/2-garden/" + (f"?pageNo={page}" if page > 1 else ""),
    thread_path=lambda one, page: f"/thread/{one.number}-{one.slug}/" + (f"?pageNo={page}" if page > 1 else ""),
    page="""<html><head>{following}</head><body id="tpl_wbb_{kind}" data-template="{kind}"
        data-application="wbb">{body}</body>
        </html>""",
    following='<link rel="next" href="{url}">',
    index="""<ul class="wbbBoardList"><li class="wbbBoardContainer"><div class="wbbBoard"><div
        class="containerHeadline">
        <h3><a href="{forum}">Garden</a></h3></div></div></li></ul>""",
    forum='<ol class="tabularList">{rows}</ol>',
    row="""<li class="tabularListRow"><ol class="tabularListColumns messageGroup wbbThread"
        data-thread-id="{number}"><li
        class="columnSubject"><h3><a href="{path}" class="messageGroupLink wbbTopicLink">{title}</a></h3><time
        datetime="2009-05-08T02:03:00+00:00">x</time></li><li class="columnLastPost"><a
        href="{path}?action=lastPost"><time
        datetime="{iso}" class="datetime" data-timestamp="{stamp}">x</time></a></li></ol></li>""",
    thread="""<h1 class="contentTitle"><span class="badge label">Old</span> {title}</h1><ul
        class="wbbThreadPostList messageList">
        {posts}</ul>""",
    post="""<li id="post{id}" class="anchorFixedHeader"><article class="wbbPost message jsMessage"
        data-post-id="{id}"><div
        class="messageSidebar member"><div class="messageAuthor"><a href="/user/7-x/" class="username userLink"><span
        itemprop="name">{author}</span></a></div></div><div class="messageContent"><header class="messageHeader"><a
        href="{path}?postID={id}#post{id}" class="permalink messagePublicationTime"><time
        datetime="{iso}">x</time></a><ul
        class="messageQuickOptions"><li><a href="{path}?postID={id}#post{id}">#{place}</a></li></ul></header><div
        class="messageBody"><div class="messageText">{quote}<p>{text}</p></div></div><footer class="messageFooter"><div
        class="messageFooterNotes"><p>Edited once</p></div></footer><div class="messageSignature">signed
        words</div></div></article>
        </li>""",
    quote="""<blockquote class="quoteBox collapsibleBbcode" cite="/thread/1-x/?postID={number}#post{number}"><div
        class="quoteBoxIcon"></div><div class="quoteBoxTitle"><a>Quote from {name}</a></div><div
        class="quoteBoxContent"><p>{text}</p>
        <blockquote class="quoteBox"><div class="quoteBoxTitle">Quote from Zed</div><div
        class="quoteBoxContent">deep words</div>
        </blockquote></div></blockquote>""",
)

MYBB18 = Board(
    name="mybb",
    forum_path=lambda page: "/forumdisplay.php?fid=2" + (f"&page={page}" if page > 1 else ""),
    thread_path=lambda one, page: f"/showthread.php?tid={one.number}" + (f"&page={page}" if page > 1 else ""),
    page="""<html><head><script src="/jscripts/general.js?ver=1821"></script></head><body><div
        class="navigation"><a>Board</a>
        <span class="active">Mulch or not</span></div>{body}{following}</body></html>""",
    following="""<div class="pagination"><span class="pagination_current">1</span><a href="{url}"
        class="pagination_next">Next</a></div>""",
    index="""<table class="tborder"><tr><td class="trow1"><strong><a
        href="{forum}">Garden</a></strong></td></tr></table>""",
    forum='<table class="tborder">{rows}</table>',
    row="""<tr class="inline_row"><td><span class=" subject_new" id="tid_{number}"><a
        href="{path}">{title}</a></span></td><td>
        <span class="lastpost smalltext">{us}<br><a href="{path}&amp;action=lastpost">Last Post</a>:
        <a>Cy</a></span></td></tr>""",
    thread="""<table class="tborder"><tr><td class="thead"><strong>{title}</strong></td></tr></table><div
        id="posts">{posts}</div>""",
    post="""<a name="pid{id}" id="pid{id}"></a><div class="post classic" id="post_{id}"><div class="post_author"><div
        class="author_information"><strong><span class="largetext"><a
        href="member.php?action=profile&amp;uid=7">{author}</a></span>
        </strong><br><span class="smalltext">Junior Member</span></div><div class="author_statistics">Joined: May
        2006</div></div>
        <div class="post_content"><div class="post_head"><div class="float_right"><strong><a
        href="{path}&amp;pid={id}#pid{id}">#{place}
        </a></strong></div><span class="post_date"><span title="{day}">Yesterday</span>, {clock}<span
        class="post_edit">(This post was
        last modified: 01-01-2027, 01:00 PM by Ann)</span></span></div><div class="post_body scaleimages"
        id="pid_{id}">{quote}{text}
        </div><div class="signature">signed words</div></div></div>""",
    quote="""<blockquote class="mycode_quote"><cite><span> (05-08-2009, 02:03 AM)</span>{name} Wrote: <a
        href="/showthread.php?pid={number}#pid{number}" class="quick_jump"></a></cite>{text}<blockquote
        class="mycode_quote"><cite>Zed
        Wrote:</cite>deep words</blockquote></blockquote>""",
)

DISCOURSE = Board(
    name="discourse",
    forum_path=lambda page: "/latest" + (f"?page={page - 1}" if page > 1 else "?page=0"),
    thread_path=lambda one, page: f"/t/{one.slug}/{one.number}" + (f"?page={page}" if page > 1 else ""),
    page="""<html><head><meta name="generator" content="Discourse 3.2.0 - https://github.com/discourse/discourse
        version x">
        {following}</head><body class="crawler">{body}</body></html>""",
    following='<link rel="next" href="{url}">',
    index="""<table class="category-list"><tr><td class="category"><h3><a
        href="/c/garden/2">Garden</a></h3></td></tr></table>""",
    forum='<table class="topic-list">{rows}</table>',
    row="""<tr class="topic-list-item"><td class="main-link"><a href="{path}" class="title raw-link
        raw-topic-link">{title}</a></td>
        <td class="replies">2</td><td class="num">{british}</td></tr>""",
    thread='<div id="topic-title"><h1><a href="{path}">{title}</a></h1></div>{posts}',
    post="""<div id="post_{place}" class="topic-body crawler-post"><div class="crawler-post-meta"><span
        class="creator"><a
        href="/u/{author}"><span itemprop="name">{author}</span></a> (Full Name)</span><span
        class="crawler-post-infos"><time
        datetime="{iso}" class="post-time">x</time><span itemprop="position">{place}</span></span></div><div
        class="post"
        itemprop="text">{quote}<p>{text}</p></div><div><span class="post-likes">3 Likes</span></div></div>""",
    quote="""<aside class="quote no-group" data-username="{name}" data-post="{number}" data-topic="1"><div
        class="title"><div
        class="quote-controls"></div>{name}:</div><blockquote><p>{text}</p></blockquote></aside>""",
    post_id=lambda topic, post: f"{topic.number}/{post.place}",
)

BOARDS = {
    "xenforo2": XENFORO2, "xenforo1": XENFORO1, "phpbb3": PHPBB3, "vbulletin4": VBULLETIN4, "vbulletin3": VBULLETIN3,
    "invision4": INVISION4, "smf20": SMF20, "smf21": SMF21, "vanilla": VANILLA, "woltlab5": WOLTLAB5, "mybb18": MYBB18,
    "discourse": DISCOURSE,
}  # fmt: skip
